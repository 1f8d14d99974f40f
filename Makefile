# Everything here works on a machine with nothing but Go (and make).
# The two that matter first:
#   make demo   run the main job on this machine
#   make test   run the tests

GO ?= go
export CGO_ENABLED ?= 0
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2

.PHONY: all build demo test test-arm64 race lint generate generated-current cross fuzz bench bench-peers gpu-bundle examples clean

all: build test

# The commit goes into the binary also where GOFLAGS says otherwise, but not where Git refuses the directory (another
# user's): there the build would fail.
STAMP = $(shell git rev-parse HEAD >/dev/null 2>&1 && echo -buildvcs=auto)

build:
	$(GO) build $(STAMP) -o bin/ ./cmd/quern

demo:
	$(GO) run ./cmd/quern demo

# An OpenCL device that is emulated compiles for minutes on its first run.
test:
	$(GO) test -timeout 30m ./...

# The bits of arm64 on another machine, under qemu's user-mode emulation (Debian: qemu-user): a selection. Without GPU
# drivers a binary is static and needs no arm64 system.
ARM64_TEST = GOOS=linux GOARCH=arm64 CGO_ENABLED=0 $(GO) test -short -tags nogpu -exec qemu-aarch64
test-arm64:
	GOARCH=arm64 $(GO) vet -tags nogpu ./cpu/internal/... ./bench/internal/fmapeak
	$(ARM64_TEST) ./kernels ./kernels/oracle ./cpu/internal/simd ./cpu/internal/fold ./cpu/internal/vm ./bench/internal/fmapeak
	$(ARM64_TEST) -run '^(TestSpecialValues|TestDoubleReference|TestRemainders|TestFMA32|TestSmallCross|TestRandomShapes|TestWeightsAndPairs)$$' \
		./kernels/mathfn ./cpu/internal/gemm
	@mkdir -p bin
	QUERN_BITS=$(CURDIR)/bin/bits.here $(GO) test -count=1 -tags nogpu -run '^TestBitsFile$$' ./ops
	QUERN_BITS=$(CURDIR)/bin/bits.arm64 $(ARM64_TEST) -count=1 -run '^TestBitsFile$$' ./ops
	cmp bin/bits.here bin/bits.arm64
	$(ARM64_TEST) -run '^(TestLevels|TestConformance)$$/.*/^(Primitives|Functions|Random|Reduce)$$' ./cpu

# Left out: what computes one thing after the other (functions, interpreted kernels, shapes and expressions compared
# with the oracle, the CPU on one thread, the suite's own tests), where there is nothing to race and much to wait for;
# faults, one at a time; and of CUDA and OpenCL what an emulated device computes.
race:
	CGO_ENABLED=1 $(GO) test -race -short -timeout 30m \
		-skip '^(TestFaults|TestFold|TestPanelsOfExpressions|TestPost|TestSameBits|TestWorkspace|TestNamed|TestShapes|TestEveryMetric32|TestEveryMetric64|TestMomentsInPanels|TestSetsCounted)$$|^TestConformance$$/,1threads$$' \
		$$($(GO) list ./... | grep -v -e /kernels/mathfn$$ -e /kernels/ptx -e /device/devicetest$$ -e /device/cuda$$ -e /device/opencl$$)
	CGO_ENABLED=1 $(GO) test -race -short -timeout 30m \
		-skip '^(TestFaults|TestVariants)$$|^TestConformanceFake$$/^(Map|Reduce|Contract)$$|^TestConformance$$/.*/^(Primitives|Functions|Random|Map|Loop|Reduce|Contract)$$' \
		./device/cuda ./device/opencl

lint:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	if [ -n "$$unformatted" ]; then echo "gofmt -w these: $$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) vet -tags drivers ./ops
	cd cpu/asm && $(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	cd cpu/asm && $(GO) run $(STATICCHECK) ./...

# Assembly and tables made from the IR; see docs/architecture.md.
generate:
	$(GO) generate ./...

generated-current: generate
	@changed=$$(git status --porcelain -- '*.s' '*.go'); \
	if [ -n "$$changed" ]; then echo "generated files differ from what is committed:"; echo "$$changed"; exit 1; fi

cross:
	GOOS=darwin GOARCH=arm64 $(GO) build ./...
	GOOS=windows GOARCH=amd64 $(GO) build ./...
	GOOS=linux GOARCH=arm64 $(GO) build ./...
	$(GO) build -tags nogpu ./...

# Each parser and the planner under the fuzzer for a while: make fuzz FUZZTIME=10m
FUZZTIME ?= 30s
fuzz:
	sh scripts/fuzz.sh $(FUZZTIME)

# Everything that is measured, on the default device: under 5 minutes on 2 cores, 4 GB of memory.
bench: build
	bin/quern bench

# Quern beside NumPy, SciPy, scikit-learn, numexpr, Numba, torch, gonum and C, with one thread and with two; as root it
# installs them from Debian.
bench-peers:
	sh scripts/bench-peers.sh

# A folder that tests and measures a machine with a GPU and without Go: bin/gpu-bundle/run.sh
gpu-bundle:
	sh scripts/gpu-bundle.sh

# Every command that the README and docs show, run and compared.
examples:
	$(GO) test -count=1 ./internal/doccheck ./examples/...

clean:
	rm -rf bin
