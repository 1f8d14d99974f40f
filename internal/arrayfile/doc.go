// Package arrayfile reads and writes numeric arrays as NumPy .npy and as CSV files.
//
// [Read] recognises the format by content: a file that starts with the .npy magic is .npy whatever
// it is called, anything else is text. The path "-" is standard input.
//
//	f, err := arrayfile.Read(ctx, "iris.csv", arrayfile.ReadOptions{Columns: "0:4"})
//	// f.Shape is [150 4], f.F64 holds the 600 values row by row
//
// Data always comes back in C order (last axis contiguous) and in the machine's byte order.
// float32 stays float32 and float64 stays float64; float16 becomes float32; integers and
// booleans become float64, as NumPy's astype(float64) converts them (an int64 beyond 2⁵³ is rounded
// to the nearest float64).
//
// [Write], [WriteNPY], [WriteCSV], the streaming [NPYWriter] and [WriteText] go through a temporary file in the directory of
// the target, which is flushed to disk and renamed when it is complete. A write that fails, is
// cancelled or runs out of disk therefore leaves the old file as it was and nothing beside it.
// Devices, pipes and "-" (standard output) are written directly.
//
// # Untrusted files
//
// No input makes this package panic, and memory is allocated only for bytes that are there: the size that a
// .npy header promises is checked against the size of the file first, and a stream is read into a
// buffer that grows with what has arrived. Python objects (pickles) are never loaded.
//
// # CSV
//
// The separator (comma, semicolon, tab or blanks) is found from the first line. That line is a
// header if one of its fields, among the columns asked for, is neither empty nor a number. Fields may be
// quoted; lines that are blank or start with # are skipped, and in a data row # starts a comment. nan and inf are numbers. A
// missing value is an error: write nan. Every CSV array has two axes, rows and columns. In errors, lines
// count from 1 as in an editor and columns from 0 as in [ReadOptions.Columns].
package arrayfile
