package plan

import (
	"slices"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/term"
	"github.com/quern-go/quern/ops/internal/expr"
)

// rewriter applies the algebra that may change the order of additions.
type rewriter struct {
	done  map[*expr.Node]*expr.Node
	users map[*expr.Node]int // how many nodes have this one as an argument
	rules []string           // applied, each once
}

// Rewrite returns the expression with every rule applied wherever it fits, and
// the rules. What it returns is to be planned with Exact.
func Rewrite(root *expr.Node) (*expr.Node, []string) {
	r := &rewriter{done: make(map[*expr.Node]*expr.Node), users: make(map[*expr.Node]int)}
	r.count(root)
	return r.node(root), r.rules
}

// count counts the users of everything under n.
func (r *rewriter) count(n *expr.Node) {
	for _, a := range n.Args {
		if a == nil {
			break
		}
		if r.users[a]++; r.users[a] == 1 {
			r.count(a)
		}
	}
}

func (r *rewriter) node(n *expr.Node) *expr.Node {
	if out, ok := r.done[n]; ok {
		return out
	}
	out := n
	for i, a := range n.Args {
		if a == nil {
			break
		}
		if b := r.node(a); b != a {
			if out == n {
				out = n.Copy()
			}
			out.Args[i] = b
		}
	}
	if out.Op.IsReduction() {
		out = r.reduction(out, n)
	}
	r.done[n] = out
	return out
}

func (r *rewriter) applied(rule string) {
	if !slices.Contains(r.rules, rule) {
		r.rules = append(r.rules, rule)
	}
}

// reduction rewrites a reduction of a product, or over both axes of a
// contraction. Its arguments are rewritten already, unlike the original's.
func (r *rewriter) reduction(n, original *expr.Node) *expr.Node {
	x, axes := n.Args[0], n.Reduce.Axes
	rank := len(x.Shape)
	if rank < 2 {
		return n
	}
	rows, columns := slices.Contains(axes, rank-2), slices.Contains(axes, rank-1)
	if n.Op == expr.Sum && x.Op == expr.Contract && x.Step.Term == term.FMA {
		switch {
		case rows && columns:
			return r.sumOfProduct(n, x)
		case rows && len(axes) == 1:
			r.applied("sum over rows of matmul(a, b) = matmul(sum over rows of a, b)")
			return restore(expr.MatMul(sumRows(x.Args[0]), x.Args[1]), n)
		case columns && len(axes) == 1:
			r.applied("sum over columns of matmul(a, b) = matmul(a, sum over columns of b)")
			return restore(expr.MatMul(x.Args[0], sumColumns(x.Args[1])), n)
		}
	}
	switch {
	case rows && columns && len(axes) == 2 && foldable(n.Op) && r.contractionUnder(original):
		r.applied(n.Op.String() + " over both axes = " + n.Op.String() + " of the rows' " + n.Op.String() + "s")
		perRow := expr.NewReduce(n.Op, x, []int{rank - 1})
		return restore(expr.NewReduce(n.Op, perRow, []int{rank - 2}), n)
	case rows && len(axes) == 1 && n.Op == expr.Sum && n.Reduce.Order == kernels.Strided && r.contractionUnder(original):
		r.applied("column sums of a contraction, summed as rows")
		out := n.Copy()
		out.Reduce = &expr.Reduction{Axes: axes, Order: kernels.Tree}
		return out
	}
	return n
}

// sumOfProduct is Σ over i, j (and some leading axes) of Σₖ aᵢₖ·bₖⱼ, as
// Σₖ (Σᵢ aᵢₖ)·(Σⱼ bₖⱼ).
func (r *rewriter) sumOfProduct(n, product *expr.Node) *expr.Node {
	r.applied("sum(matmul(a, b)) = Σₖ (Σᵢ aᵢₖ)·(Σⱼ bₖⱼ)")
	a, b := product.Args[0], product.Args[1]
	left := expr.NewReduce(expr.Sum, a, []int{-2})  // (batch, k)
	right := expr.NewReduce(expr.Sum, b, []int{-1}) // (batch, k)
	batch := product.Shape[:len(product.Shape)-2]
	both := expr.Binary(expr.Mul, left, right)
	both = expr.BroadcastTo(both, append(slices.Clone(batch), both.Shape[len(both.Shape)-1]))
	axes := []int{len(batch)}
	for _, axis := range n.Reduce.Axes {
		if axis < len(batch) {
			axes = append(axes, axis)
		}
	}
	return restore(expr.NewReduce(expr.Sum, both, axes), n)
}

// sumRows is the row of column sums, (…, 1, k) of (…, m, k); a single one stays
// a vector, which matmul takes as it is.
func sumRows(a *expr.Node) *expr.Node {
	row := expr.NewReduce(expr.Sum, a, []int{-2})
	if len(row.Shape) == 1 {
		return row
	}
	return expr.ExpandDims(row, -2)
}

// sumColumns is the column of row sums, (…, k, 1) of (…, k, n), or a vector.
func sumColumns(b *expr.Node) *expr.Node {
	column := expr.NewReduce(expr.Sum, b, []int{-1})
	if len(column.Shape) == 1 {
		return column
	}
	return expr.ExpandDims(column, -1)
}

// restore gives the result the shape of what it stands for.
func restore(x, n *expr.Node) *expr.Node { return expr.ReshapeTo(x, n.Shape) }

func foldable(op expr.Op) bool { return op == expr.Sum || op == expr.Min || op == expr.Max }

// contractionUnder reports whether the reduction is of a contraction, through
// elementwise operations that keep its shape, and nothing else reads what lies
// between or the contraction.
func (r *rewriter) contractionUnder(reduction *expr.Node) bool {
	x := reduction.Args[0]
	reads := map[*expr.Node]int{x: 1} // by the reduction and by what lies between
	over := make(map[*expr.Node]bool) // known nodes: whether a contraction is under them
	var visit func(n *expr.Node) bool
	visit = func(n *expr.Node) bool {
		if known, ok := over[n]; ok {
			return known
		}
		over[n] = n.Op == expr.Contract
		if !n.Op.IsElementwise() {
			return over[n]
		}
		for _, a := range n.Args {
			if a != nil && slices.Equal(a.Shape, x.Shape) {
				reads[a]++
				over[n] = visit(a) || over[n]
			}
		}
		return over[n]
	}
	if !visit(x) {
		return false
	}
	for n, count := range reads {
		if over[n] && r.users[n] > count {
			return false
		}
	}
	return true
}
