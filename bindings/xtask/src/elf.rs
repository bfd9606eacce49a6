//! What a shared library asks of the system that loads it: the alignment of its segments, from its program headers (System V ABI, ELF).

/// Pages of new Android phones: a library with smaller alignment is not loaded there.
pub(crate) const PAGE: u64 = 16_384;

const MAGIC: [u8; 4] = [0x7f, b'E', b'L', b'F'];
const LOADABLE: u32 = 1;

/// How a file of this class stands in bytes: 64 bits as on most phones, 32 as on old ones. Both are little-endian on Android.
struct Layout {
    /// Of an address.
    word: usize,
    /// Where the header says where the program headers begin, how long one is, and how many there are.
    headers: [usize; 3],
    /// Where a program header has its offset in the file, its address, its alignment.
    segment: [usize; 3],
}

const WIDE: Layout = Layout { word: 8, headers: [0x20, 0x36, 0x38], segment: [8, 16, 48] };
const NARROW: Layout = Layout { word: 4, headers: [0x1c, 0x2a, 0x2c], segment: [4, 8, 28] };

/// The largest pages on which all of the library's loadable segments can be mapped; nothing if it is no such library.
pub(crate) fn page_size(library: &[u8]) -> Option<u64> {
    if !library.starts_with(&MAGIC) || library.get(5) != Some(&1) {
        return None;
    }
    let layout = match library.get(4)? {
        1 => NARROW,
        2 => WIDE,
        _ => return None,
    };
    let [at, size, count] = layout.headers;
    let at = usize::try_from(number(library, at, layout.word)?).ok()?;
    let (size, count) = (number(library, size, 2)?, number(library, count, 2)?);
    let mut pages = None;
    for index in 0..count {
        let header = library.get(at.checked_add(usize::try_from(index.checked_mul(size)?).ok()?)?..)?;
        if u32::try_from(number(header, 0, 4)?).ok()? == LOADABLE {
            let own = alignment(header, &layout)?;
            pages = Some(pages.map_or(own, |least: u64| least.min(own)));
        }
    }
    pages
}

/// The alignment that a segment states, or the smaller one at which it really lies: file and memory have to agree below it.
fn alignment(header: &[u8], layout: &Layout) -> Option<u64> {
    let [offset, address, stated] = layout.segment;
    let [offset, address, stated] = [offset, address, stated].map(|at| number(header, at, layout.word));
    let apart = offset?.abs_diff(address?);
    let real = if apart == 0 { u64::MAX } else { 1_u64.checked_shl(apart.trailing_zeros())? };
    Some(stated?.min(real))
}

fn number(bytes: &[u8], at: usize, length: usize) -> Option<u64> {
    let read = bytes.get(at..at.checked_add(length)?)?;
    Some(read.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(number: usize) -> u64 {
        u64::try_from(number).unwrap()
    }

    /// A library with these segments: kind, offset, address, alignment.
    fn library(layout: &Layout, segments: &[[u64; 4]]) -> Vec<u8> {
        let class = if layout.word == 8 { 2 } else { 1 };
        let (start, size) = if layout.word == 8 { (64, 56) } else { (52, 32) };
        let mut bytes = vec![0; start + size * segments.len()];
        bytes[..6].copy_from_slice(&[0x7f, b'E', b'L', b'F', class, 1]);
        let mut put = |at: usize, length: usize, value: u64| {
            bytes[at..at + length].copy_from_slice(&value.to_le_bytes()[..length]);
        };
        let [at, own_size, count] = layout.headers;
        put(at, layout.word, wide(start));
        put(own_size, 2, wide(size));
        put(count, 2, wide(segments.len()));
        for (index, [kind, offset, address, align]) in segments.iter().enumerate() {
            let header = start + index * size;
            put(header, 4, *kind);
            for (field, value) in layout.segment.iter().zip([offset, address, align]) {
                put(header + field, layout.word, *value);
            }
        }
        bytes
    }

    #[test]
    fn a_library_is_as_fit_as_its_worst_segment() {
        for layout in [&WIDE, &NARROW] {
            let fit = library(layout, &[[1, 0, 0, 0x4000], [1, 0x1_0000, 0x1_4000, 0x4000], [2, 0, 0, 8]]);
            assert_eq!(page_size(&fit), Some(PAGE));
            let old = library(layout, &[[1, 0, 0, 0x4000], [1, 0x1000, 0x2000, 0x1000]]);
            assert_eq!(page_size(&old), Some(0x1000));
            // It says 16 KB, and lies as if it were 4.
            let lying = library(layout, &[[1, 0x1000, 0x2000, 0x4000]]);
            assert_eq!(page_size(&lying), Some(0x1000));
        }
    }

    #[test]
    fn what_is_no_library_has_no_pages() {
        assert_eq!(page_size(b""), None);
        assert_eq!(page_size(b"\x7fELF\x02\x01"), None);
        assert_eq!(page_size(&library(&WIDE, &[[2, 0, 0, 8]])), None, "nothing to load");
        let mut cut = library(&WIDE, &[[1, 0, 0, 0x4000]]);
        cut.truncate(100);
        assert_eq!(page_size(&cut), None);
        // This very program, as the machine's linker has made it.
        if cfg!(target_os = "linux") {
            let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
            assert!(page_size(&own).is_some_and(|pages| pages >= 0x1000));
        }
    }
}
