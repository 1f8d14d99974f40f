// Package doccheck keeps the documentation true: its test runs every command
// that a ```console block of the README or of docs/ shows and compares the
// output, and checks that every ```go block marked with a file is that file's
// text.
//
// In a console block a line "$ command" is run by the shell in a copy of the
// repository's examples, with the quern command on the path; the lines up to the
// next command are its output. In those, … stands for anything within a line,
// and a line of … alone for any number of lines.
package doccheck
