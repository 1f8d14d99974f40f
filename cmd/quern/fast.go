package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/quern-go/quern/ops"
)

// fastFlag is --fast, which may name a precision.
func fastFlag(cmd *cobra.Command, to *string) {
	cmd.Flags().StringVar(to, "fast", "", "allow tensor cores for float32 products and euclidean distances, "+
		"less exact: tf32, or bf16 with --fast=bf16")
	cmd.Flags().Lookup("fast").NoOptDefVal = ops.TF32.String()
}

// fastOptions are the options that a value of --fast stands for.
func fastOptions(name string) ([]ops.Option, error) {
	if name == "" {
		return nil, nil
	}
	for _, p := range []ops.Precision{ops.TF32, ops.BF16} {
		if p.String() == name {
			return []ops.Option{ops.Fast(p)}, nil
		}
	}
	return nil, fmt.Errorf("--fast=%s: expected tf32 or bf16", name)
}
