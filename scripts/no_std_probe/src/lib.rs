//! A wasm module without std that calls into driftline-core. It brings its own panic handler
//! and allocator; both exist twice, and the build fails, as soon as anything below it links std.
#![no_std]

extern crate alloc;

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::panic::PanicInfo;

use driftline_core::reference::Reference;
use driftline_core::spec::CompareSpec;
use driftline_core::time::Timestamp;
use driftline_core::window::Window;

/// Hands out a fixed block from front to back and takes nothing back: enough for a probe.
struct Bump {
    used: Cell<usize>,
    block: Cell<[u8; SIZE]>,
}

const SIZE: usize = 1 << 16;

// SAFETY: wasm32-unknown-unknown without atomics runs one thread.
unsafe impl Sync for Bump {}

// SAFETY: every answer lies inside `block`, is aligned as asked and is handed out once.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let base = self.block.as_ptr() as usize;
        let start = (base + self.used.get()).next_multiple_of(layout.align()) - base;
        if start + layout.size() > SIZE {
            return core::ptr::null_mut();
        }
        self.used.set(start + layout.size());
        (base + start) as *mut u8
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static HEAP: Bump = Bump { used: Cell::new(0), block: Cell::new([0; SIZE]) };

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

/// Decodes a reference and a window, compares them and writes the report: floats, maps,
/// encoding and formatting, each the kind of code that is quick to reach for std.
///
/// # Safety
/// `reference` and `window` point at as many bytes as their lengths say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn probe(
    reference: *const u8,
    reference_len: usize,
    window: *const u8,
    window_len: usize,
) -> usize {
    // SAFETY: the caller's promise.
    let (reference, window) = unsafe {
        (
            core::slice::from_raw_parts(reference, reference_len),
            core::slice::from_raw_parts(window, window_len),
        )
    };
    let Ok(reference) = Reference::decode(reference) else { return 0 };
    let Ok(window) = Window::decode(window, &reference) else { return 0 };
    let Ok(monitor) = CompareSpec::default().check() else { return 0 };
    let Some(now) = Timestamp::parse("2024-01-15T10:30:00Z") else { return 0 };
    monitor.compare(&reference, &window, "current.csv", now).to_json().len()
}
