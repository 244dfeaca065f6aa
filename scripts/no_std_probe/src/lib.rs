//! A wasm module without std that calls into driftline-core. It brings its own panic handler
//! and allocator; both exist twice, and the build fails, as soon as anything below it links std.
#![no_std]

extern crate alloc;

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::panic::PanicInfo;

use driftline_core::num;

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

/// Calls what the core does: floats, allocation, encoding.
#[unsafe(no_mangle)]
pub extern "C" fn probe(x: f64) -> f64 {
    let values = alloc::vec![x, num::ln(x), num::exp(x)];
    values.iter().sum()
}
