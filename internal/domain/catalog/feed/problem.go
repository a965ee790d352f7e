package feed

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Severity says what a problem means for its product.
type Severity string

// The severities.
const (
	Refusal Severity = "refusal" // the product (or the file) cannot be imported
	Warning Severity = "warning" // it can, and this is what was left out or changed
)

// Text is a message for people.
type Text struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

// Problem says what is wrong, where, and what to do. Line is the line of the file as an editor counts it (quoted line breaks count),
// Column the number of the column; both start at 1 and are 0 when the problem has no such place.
type Problem struct {
	Severity Severity `json:"severity"`
	Code     string   `json:"code"` // stable, English
	Line     int      `json:"line,omitempty"`
	Column   int      `json:"column,omitempty"`
	Field    string   `json:"field,omitempty"` // the column's heading in the file
	Value    string   `json:"value,omitempty"` // what stood there, cut to 80 characters
	Message  Text     `json:"message"`
}

// String gives the problem in one English line, for logs and tests.
func (p Problem) String() string {
	s := string(p.Severity) + " " + p.Code
	if p.Line > 0 {
		s += " line " + strconv.Itoa(p.Line)
	}
	if p.Column > 0 {
		s += " column " + strconv.Itoa(p.Column)
	}
	return s + ": " + p.Message.EN
}

// Refused says whether one of the problems forbids the import.
func Refused(problems []Problem) bool {
	for _, p := range problems {
		if p.Severity == Refusal {
			return true
		}
	}
	return false
}

// FileError is the end of reading: the file as a whole, or from here on, cannot be understood, and nothing after it is guessed.
type FileError struct{ Problem Problem }

// Error gives the problem in one English line.
func (e *FileError) Error() string { return "feed: " + e.Problem.String() }

func fatal(code string, line, column int, args ...any) *FileError {
	return &FileError{problem(Refusal, code, line, column, args...)}
}

func problem(severity Severity, code string, line, column int, args ...any) Problem {
	text, known := texts[code]
	if !known {
		text = Text{code, code}
	}
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = cut(s)
		}
	}
	return Problem{Severity: severity, Code: code, Line: line, Column: column,
		Message: Text{ZH: fmt.Sprintf(text.ZH, args...), EN: fmt.Sprintf(text.EN, args...)}}
}

// cut keeps 80 characters of a value, so that a message stays a message.
func cut(s string) string {
	if utf8.RuneCountInString(s) <= 80 {
		return s
	}
	return string([]rune(s[:min(len(s), 4*81)])[:80]) + "…"
}
