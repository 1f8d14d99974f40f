package evalexpr

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"slices"
	"strings"
	"unicode/utf8"
)

// Expr is a parsed expression.
type Expr struct {
	source string
	root   ast.Expr
	names  []string
}

// maxDepth bounds the nesting of an expression, which evaluation follows by
// recursion. A sum of n terms is nested n deep.
const maxDepth = 10_000

// Parse reads an expression. It checks the syntax and the names of functions;
// the number and types of arguments are checked by Build.
func Parse(source string) (*Expr, error) {
	root, err := parser.ParseExprFrom(token.NewFileSet(), "", hideKeywords(source), 0)
	if err != nil {
		return nil, syntaxError(source, err)
	}
	e := &Expr{source: source, root: root}
	if err := e.check(root, 0); err != nil {
		return nil, err
	}
	return e, nil
}

// varName stands for NumPy's function var, which is a keyword in Go. It has as
// many bytes, so that columns in errors stay right.
const varName = "\u1d20"

// hideKeywords replaces the keyword var by varName.
func hideKeywords(source string) string {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(source))
	s.Init(file, []byte(source), nil, 0)
	out := []byte(source)
	for {
		pos, tok, _ := s.Scan()
		switch tok {
		case token.EOF:
			return string(out)
		case token.VAR:
			copy(out[file.Offset(pos):], varName)
		}
	}
}

// functionOf is the name of the function that a call names.
func functionOf(id *ast.Ident) string {
	if id.Name == varName {
		return "var"
	}
	return id.Name
}

// syntaxError is the first of the parser's errors, without the file name, which an
// expression does not have.
func syntaxError(source string, err error) error {
	if list, ok := err.(scanner.ErrorList); ok && len(list) > 0 {
		pos := list[0].Pos
		return fmt.Errorf("parse %q: column %d: %s", around(source, pos.Offset), pos.Column, inOurWords(list[0].Msg))
	}
	return fmt.Errorf("parse %q: %w", around(source, 0), err)
}

// inOurWords is what the parser says of Go, where that would not help.
func inOurWords(message string) string {
	switch {
	case strings.HasSuffix(message, "index required in 3-index slice"):
		return "a[i:j:k] is not known; use a[i:j], or slice(a, axis, start, stop, step)"
	case strings.HasPrefix(message, "expected type, found"):
		return "one index in brackets, as in a[i][j], or slice(a, axis, start, stop)"
	}
	return strings.ReplaceAll(message, "'EOF'", "the end")
}

// Names lists the arrays that the expression refers to, in order of appearance.
func (e *Expr) Names() []string { return slices.Clone(e.names) }

// String returns the source.
func (e *Expr) String() string { return e.source }

// errorAt names the column of a node.
func (e *Expr) errorAt(n ast.Node, format string, args ...any) error {
	column := int(n.Pos())
	return fmt.Errorf("%q, column %d: %w", around(e.source, column-1), column, fmt.Errorf(format, args...))
}

// around is the part of a long expression at a byte, for a message of readable length.
func around(source string, at int) string {
	const before, after = 40, 80
	from, to := max(0, at-before), min(len(source), at+after)
	for from > 0 && !utf8.RuneStart(source[from]) {
		from--
	}
	for to < len(source) && !utf8.RuneStart(source[to]) {
		to++
	}
	text := source[from:to]
	if from > 0 {
		text = "…" + text
	}
	if to < len(source) {
		text += "…"
	}
	return text
}

// check walks the syntax: only the forms that Build knows may occur.
func (e *Expr) check(n ast.Expr, depth int) error {
	if depth > maxDepth {
		return e.errorAt(n, "nested deeper than %d", maxDepth)
	}
	for _, child := range children(n) {
		if err := e.check(child, depth+1); err != nil {
			return err
		}
	}
	switch n := n.(type) {
	case *ast.BasicLit, *ast.ParenExpr, *ast.UnaryExpr, *ast.BinaryExpr, *ast.IndexExpr:
	case *ast.SliceExpr:
		if n.Slice3 {
			return e.errorAt(n, "a[i:j:k] is not known; use a[i:j], or slice(a, axis, start, stop, step)")
		}
	case *ast.Ident:
		if n.Name == varName {
			return e.errorAt(n, "var is a function: var(x)")
		}
		if _, ok := constants[n.Name]; !ok && !slices.Contains(e.names, n.Name) {
			e.names = append(e.names, n.Name)
		}
	case *ast.CallExpr:
		id, ok := n.Fun.(*ast.Ident)
		if !ok {
			return e.errorAt(n, "only named functions can be called")
		}
		if n.Ellipsis.IsValid() {
			return e.errorAt(n, "... is not known")
		}
		if name := functionOf(id); !known(name) {
			return e.errorAt(n, "unknown function %s%s", name, suggestion(name))
		}
	default:
		return e.errorAt(n, "this kind of expression is not known")
	}
	return nil
}

// children are the operands of a node: for a call its arguments, not its name.
func children(n ast.Expr) []ast.Expr {
	switch n := n.(type) {
	case *ast.ParenExpr:
		return []ast.Expr{n.X}
	case *ast.UnaryExpr:
		return []ast.Expr{n.X}
	case *ast.BinaryExpr:
		return []ast.Expr{n.X, n.Y}
	case *ast.IndexExpr:
		return []ast.Expr{n.X, n.Index}
	case *ast.SliceExpr:
		out := []ast.Expr{n.X}
		for _, bound := range []ast.Expr{n.Low, n.High} {
			if bound != nil {
				out = append(out, bound)
			}
		}
		return out
	case *ast.CallExpr:
		return n.Args
	}
	return nil
}
