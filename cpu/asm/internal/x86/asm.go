package x86

import (
	"fmt"
	"go/token"
	"go/types"
	"reflect"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/gotypes"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/quern-go/quern/cpu/asm/internal/vcode"
	"github.com/quern-go/quern/cpu/asm/internal/vec"
)

// Asm is one assembly file under construction: an avo context with instructions
// chosen by name, and the file's constants.
type Asm struct {
	ISA  vec.ISA
	ctx  *build.Context
	pkg  *types.Package
	pool *vcode.Pool
	sig  *gotypes.Signature
	err  error
}

// NewAsm returns an empty file for amd64.
func NewAsm(isa vec.ISA) *Asm {
	a := &Asm{ISA: isa, ctx: build.NewContext(), pkg: types.NewPackage("simd", "simd")}
	a.pkg.Scope().Insert(types.NewPkgName(token.NoPos, a.pkg, "unsafe", types.Unsafe))
	a.ctx.ConstraintExpr("amd64")
	a.pool = vcode.NewPool(string(isa), a.constantBytes)
	return a
}

// Name is the instruction set's, for errors.
func (a *Asm) Name() string { return string(a.ISA) }

// VectorBytes is the size of a vector register.
func (a *Asm) VectorBytes() int { return vec.Target{ISA: a.ISA}.VectorBytes() }

// Fail keeps the first mistake, which File returns.
func (a *Asm) Fail(format string, args ...any) {
	if a.err == nil {
		a.err = fmt.Errorf(format, args...)
	}
}

// Func starts a function with the given Go signature and doc comment.
func (a *Asm) Func(name, signature string, doc ...string) {
	sig, err := gotypes.ParseSignatureInPackage(a.pkg, signature)
	if err != nil {
		a.Fail("func %s: %w", name, err)
		sig = gotypes.NewSignatureVoid()
	}
	a.sig = sig
	a.ctx.Function(name)
	a.ctx.Attributes(attr.NOSPLIT)
	a.ctx.Signature(sig)
	a.ctx.Doc(doc...)
}

// Frame reserves size bytes of stack. The function then checks, unlike others,
// that there are as many.
func (a *Asm) Frame(size int) {
	a.ctx.Attributes(0)
	a.ctx.AllocLocal(size)
}

// Arg loads an argument of the function into a 64-bit register.
func (a *Asm) Arg(name string, r reg.Register) {
	b, err := a.sig.Params().Lookup(name).Resolve()
	if err != nil {
		a.Fail("argument %s: %w", name, err)
		return
	}
	a.Do("MOVQ", b.Addr, r)
}

// Flag loads an argument of the function that is a bool into a 64-bit register.
func (a *Asm) Flag(name string, r reg.Register) {
	b, err := a.sig.Params().Lookup(name).Resolve()
	if err != nil {
		a.Fail("argument %s: %w", name, err)
		return
	}
	a.Do("MOVBQZX", b.Addr, r)
}

// Result stores the function's result from a 64-bit register.
func (a *Asm) Result(r reg.Register) {
	b, err := a.sig.Results().At(0).Resolve()
	if err != nil {
		a.Fail("result: %w", err)
		return
	}
	a.Do("MOVQ", r, b.Addr)
}

// Do emits the instruction with the given name, with avo's suffixes, such as
// VADDPS_BCST.
func (a *Asm) Do(name string, ops ...operand.Op) {
	method := reflect.ValueOf(a.ctx).MethodByName(name)
	if !method.IsValid() {
		a.Fail("avo has no instruction %s", name)
		return
	}
	if t := method.Type(); !t.IsVariadic() && t.NumIn() != len(ops) {
		a.Fail("%s takes %d operands, %d given", name, t.NumIn(), len(ops))
		return
	}
	in := make([]reflect.Value, len(ops))
	for i, op := range ops {
		in[i] = reflect.ValueOf(op)
	}
	method.Call(in)
	if _, err := a.ctx.Result(); err != nil {
		a.Fail("%s %v: %w", name, ops, err)
	}
}

// Label marks a place in the function.
func (a *Asm) Label(name string) { a.ctx.Label(name) }

// Jump emits a jump instruction to a label.
func (a *Asm) Jump(op, label string) { a.Do(op, operand.LabelRef(label)) }

// Ret ends a function. VZEROUPPER spares later SSE code the penalty of dirty
// upper halves.
func (a *Asm) Ret() {
	a.Do("VZEROUPPER")
	a.Do("RET")
}

// File returns the finished file, its constants included.
func (a *Asm) File() (*ir.File, error) {
	a.definePool()
	f, err := a.ctx.Result()
	if a.err != nil {
		return nil, a.err
	}
	return f, err
}
