package doccheck

import (
	"regexp"
	"strings"
)

// Command is one command of a console block with the output it shows.
type Command struct {
	Line   int // of the file, from 1
	Text   string
	Output []string
}

// Commands returns the commands in the console blocks of a Markdown text.
func Commands(markdown string) []Command {
	var out []Command
	inside := false
	for i, line := range strings.Split(markdown, "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			inside = strings.TrimPrefix(line, "```") == "console"
		case !inside:
		case strings.HasPrefix(line, "$ "):
			out = append(out, Command{Line: i + 1, Text: strings.TrimPrefix(line, "$ ")})
		case len(out) > 0:
			last := &out[len(out)-1]
			last.Output = append(last.Output, line)
		}
	}
	return out
}

// Block is a code block that claims to be part of a file.
type Block struct {
	Line int
	File string
	Text string
}

// Blocks returns the Go blocks opened by ```go file=PATH.
func Blocks(markdown string) []Block {
	var out []Block
	inside := false
	for i, line := range strings.Split(markdown, "\n") {
		file, opens := strings.CutPrefix(line, "```go file=")
		switch {
		case opens:
			inside = true
			out = append(out, Block{Line: i + 1, File: file})
		case strings.HasPrefix(line, "```"):
			inside = false
		case inside:
			out[len(out)-1].Text += line + "\n"
		}
	}
	return out
}

// Matches reports whether output is what the pattern lines describe.
func Matches(pattern []string, output string) bool {
	var re strings.Builder
	re.WriteString(`\A`)
	for _, line := range pattern {
		if strings.TrimSpace(line) == "…" {
			re.WriteString(`(?:[^\n]*\n)*?`)
			continue
		}
		parts := strings.Split(strings.TrimRight(line, " "), "…")
		for i := range parts {
			parts[i] = regexp.QuoteMeta(parts[i])
		}
		re.WriteString(strings.Join(parts, `[^\n]*?`) + ` *\n`)
	}
	re.WriteString(`\n*\z`)
	return regexp.MustCompile(re.String()).MatchString(output)
}
