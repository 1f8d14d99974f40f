package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops"
)

// fastFlag is --fast, which may name a precision.
func fastFlag(cmd *cobra.Command, to *string) {
	cmd.Flags().StringVar(to, "fast", "", "allow tensor cores for float32 products and euclidean distances, "+
		"less exact: tf32, or bf16 with --fast=bf16")
	cmd.Flags().Lookup("fast").NoOptDefVal = ops.TF32.String()
}

// parsePrecision reads a value of --fast; "" is exact.
func parsePrecision(name string) (ops.Precision, error) {
	if name == "" {
		return kernels.Exact, nil
	}
	for _, p := range []ops.Precision{ops.TF32, ops.BF16} {
		if p.String() == name {
			return p, nil
		}
	}
	return kernels.Exact, fmt.Errorf("--fast=%s: expected tf32 or bf16", name)
}

// fastOptions are the options that a value of --fast stands for.
func fastOptions(name string) ([]ops.Option, error) {
	p, err := parsePrecision(name)
	if p == kernels.Exact {
		return nil, err
	}
	return []ops.Option{ops.Fast(p)}, err
}
