package doccheck

import "testing"

func TestMatches(t *testing.T) {
	tests := []struct {
		name    string
		pattern []string
		output  string
		want    bool
	}{
		{"equal", []string{"a", "b"}, "a\nb\n", true},
		{"different", []string{"a", "b"}, "a\nc\n", false},
		{"too short", []string{"a", "b"}, "a\n", false},
		{"too long", []string{"a"}, "a\nb\n", false},
		{"part of a line", []string{"in … ms"}, "in 3.2 ms\n", true},
		{"not across lines", []string{"in … ms"}, "in 3.2\n4 ms\n", false},
		{"any lines", []string{"a", "…", "z"}, "a\nb\nc\nz\n", true},
		{"no lines", []string{"a", "…", "z"}, "a\nz\n", true},
		{"regexp characters", []string{"[1.5 (x)]"}, "[1.5 (x)]\n", true},
		{"dot is a dot", []string{"1.5"}, "1x5\n", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Matches(tt.pattern, tt.output); got != tt.want {
				t.Errorf("Matches(%q, %q) = %v", tt.pattern, tt.output, got)
			}
		})
	}
}

func TestCommands(t *testing.T) {
	text := "text\n```console\n$ one\nout\n$ two\n```\n$ not a command\n```go file=a/b.go\nx := 1\n```\n"
	commands := Commands(text)
	if len(commands) != 2 || commands[0].Text != "one" || len(commands[0].Output) != 1 || commands[1].Line != 5 {
		t.Errorf("Commands = %+v", commands)
	}
	blocks := Blocks(text)
	if len(blocks) != 1 || blocks[0].File != "a/b.go" || blocks[0].Text != "x := 1\n" {
		t.Errorf("Blocks = %+v", blocks)
	}
}
