//! Every spelling of an address of the inside is seen through.

use super::*;

/// Spellings that browsers and curl take, of addresses nobody outside has.
const INSIDE: &[&str] = &[
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "0177.0.0.1",
    "2130706433",
    "0x7f000001",
    "017700000001",
    "127.0.1.3",
    "127.255.255.254",
    "0.0.0.0",
    "0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "0x0a000001",
    "167772161",
    "100.64.0.1",
    "100.127.255.255",
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "0251.0376.0251.0376",
    "169.254.1.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "3232235521",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[::127.0.0.1]",
    "[::ffff:10.0.0.1]",
    "[0:0:0:0:0:ffff:7f00:1]",
    "[fe80::1]",
    "[febf::1]",
    "[fc00::1]",
    "[fd12:3456::1]",
    "[ff02::1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::1]",
    "[100::1]",
    "[2001::1]",
    "[2001:0:a9fe:a9fe::]",
    "[2001:db8::1]",
    "[2001:10::1]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::1]",
    "[3fff::1]",
    "[5f00::1]",
    "[fec0::1]",
];

const OUTSIDE: &[&str] = &[
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.1",
    "169.253.255.255",
    "169.255.0.1",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.1",
    "192.167.255.255",
    "192.169.0.1",
    "198.17.255.255",
    "198.20.0.1",
    "223.255.255.255",
    "[2606:4700:4700::1111]",
    "[2a00:1450:4001::1]",
    "[2620:fe::fe]",
    "[::ffff:8.8.8.8]",
    "hooks.example.com",
    "xn--bcher-kva.example",
];

#[test]
fn no_spelling_of_an_inside_address_passes() {
    assert!(INSIDE.len() >= 60, "{}", INSIDE.len());
    let guard = Guard::default();
    for host in INSIDE {
        let checked = guard.check_url(&format!("https://{host}/hook"));
        assert!(matches!(checked, Err(Forbidden::Inside { .. })), "{host}: {checked:?}");
    }
    for host in OUTSIDE {
        let checked = guard.check_url(&format!("https://{host}:8443/hook"));
        assert!(checked.is_ok(), "{host}: {checked:?}");
    }
}

#[test]
fn a_name_is_judged_by_where_it_leads() {
    let guard = Guard::default();
    let at = |address: &str| SocketAddr::new(address.parse().unwrap(), 443);
    assert_eq!(guard.check_addresses("a.example", &[at("1.1.1.1")]), Ok(()));
    let mixed = guard.check_addresses("a.example", &[at("1.1.1.1"), at("169.254.169.254")]);
    let inside = "169.254.169.254".parse().unwrap();
    assert_eq!(mixed, Err(Forbidden::Inside { host: "a.example".into(), address: inside }));
}

#[test]
fn only_https_and_no_credentials() {
    let guard = Guard::default();
    for (url, expected) in [
        ("http://hooks.example.com/", Forbidden::Scheme("http".into())),
        ("file:///etc/passwd", Forbidden::Url("no host".into())),
        ("ftp://a.example/", Forbidden::Scheme("ftp".into())),
        ("gopher://a.example/", Forbidden::Scheme("gopher".into())),
        ("https://user:pass@a.example/", Forbidden::User),
        ("https://user@a.example/", Forbidden::User),
    ] {
        assert_eq!(guard.check_url(url), Err(expected), "{url}");
    }
    assert!(matches!(guard.check_url("not a url"), Err(Forbidden::Url(_))));
    assert!(matches!(guard.check_url("https://"), Err(Forbidden::Url(_))));
}

#[test]
fn what_settings_permit_is_sent_to_and_nothing_beside_it() {
    let guard = |permits: &[&str]| {
        Guard::new(permits.iter().map(|permit| permit.parse().unwrap()).collect())
    };
    for (permits, url, passes) in [
        (&["127.0.0.1:9093"][..], "http://127.0.0.1:9093/a", true),
        (&["127.0.0.1:9093"], "http://0x7f.1:9093/a", true),
        (&["127.0.0.1:9093"], "http://127.0.0.1:9094/a", false),
        (&["127.0.0.1:443"], "https://127.0.0.1/a", true),
        (&["127.0.0.1:80"], "http://127.0.0.1/a", true),
        (&["alertmanager"], "http://alertmanager:9093/", true),
        (&["alertmanager"], "http://Alertmanager.:9093/", true),
        (&["alertmanager"], "http://alertmanager.evil.example/", false),
        (&["10.1.0.0/16"], "http://10.1.2.3/", true),
        (&["10.1.0.0/16"], "https://10.2.0.1/", false),
        (&["10.1.0.0/16"], "https://[::ffff:10.1.2.3]/", true),
        (&["fd00::/8"], "https://[fd12::1]/", true),
        (&["fd00::/8"], "https://[fe80::1]/", false),
        (&["::1"], "http://[::1]:80/", true),
        (&["[::1]:8080"], "http://[::1]:8080/", true),
        (&["0.0.0.0/0"], "http://10.0.0.1/", true),
        (&["0.0.0.0/0"], "http://[::1]/", false),
    ] {
        let checked = guard(permits).check_url(url);
        assert_eq!(checked.is_ok(), passes, "{permits:?} {url}: {checked:?}");
    }
    for wrong in ["", "10.0.0.0/33", "a b", "http://a/", "a/b", "1.2.3.4/x", "u@a", "a:99999"] {
        assert!(wrong.parse::<Permit>().is_err(), "{wrong:?} is no permit");
    }
    // A permitted network is permitted by address too, behind a name.
    let inside = [SocketAddr::new("10.1.2.3".parse().unwrap(), 443)];
    assert_eq!(guard(&["10.1.0.0/16"]).check_addresses("db.internal", &inside), Ok(()));
    assert!(guard(&["10.9.0.0/16"]).check_addresses("db.internal", &inside).is_err());
}
