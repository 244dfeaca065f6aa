"""What a schema cannot say of a request, made so before it is sent."""

import itertools

import schemathesis

numbers = itertools.count()


@schemathesis.hook
def before_call(context, case, kwargs):
    # A key stands for one request; one that comes again with another is refused, and rightly.
    if case.headers and "Idempotency-Key" in case.headers and is_good(case, "headers"):
        case.headers["Idempotency-Key"] = f"key-{next(numbers)}"
    if isinstance(case.body, dict) and isinstance(case.body.get("columns"), dict):
        even(case.body["columns"])


def is_good(case, part):
    meta = getattr(case, "meta", None)
    modes = [
        str(info.mode).lower()
        for location, info in getattr(meta, "components", {}).items()
        if part in str(location).lower()
    ]
    return not any("negative" in mode for mode in modes)


def even(columns):
    """Columns of one length."""
    nested = columns.get("features")
    nested = nested if isinstance(nested, dict) else {}
    lists = [column for column in [*columns.values(), *nested.values()] if isinstance(column, list)]
    length = min(map(len, lists), default=0)
    for column in lists:
        del column[length:]
