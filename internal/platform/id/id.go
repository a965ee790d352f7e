// Package id makes and reads the 64-bit ids of all rows. They are made in Go,
// sort by the time they were made, and need no sequence in the database.
package id

import (
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// ID names a row: 41 bits of milliseconds since 2024-01-01 UTC, 10 bits of
// node, 12 bits of sequence. Zero means none. In JSON, text, paths and queries
// it is a decimal string, because JavaScript cannot hold 64-bit integers.
type ID int64

const (
	sequenceBits = 12
	nodeBits     = 10
	timeBits     = 41
	// MaxNode is the highest node number of a Source.
	MaxNode = 1<<nodeBits - 1
	// pattern is what an ID looks like in text.
	pattern = `^[0-9]{1,19}$`
)

// Epoch is the instant from which ids count milliseconds.
var Epoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// Time is when the ID was made, in UTC, to the millisecond.
func (id ID) Time() time.Time {
	return Epoch.Add(time.Duration(id>>(nodeBits+sequenceBits)) * time.Millisecond)
}

// At is the smallest ID that can be made at a moment: all IDs made from then on
// are at least as large. Before the Epoch it is zero.
func At(t time.Time) ID {
	return ID(max(t.Sub(Epoch).Milliseconds(), 0) << (nodeBits + sequenceBits))
}

// Node is the node of the Source that made the ID.
func (id ID) Node() int {
	return int(id>>sequenceBits) & MaxNode
}

// IsZero says that there is no id.
func (id ID) IsZero() bool { return id == 0 }

// String gives the ID in decimal.
func (id ID) String() string { return strconv.FormatInt(int64(id), 10) }

// Parse reads a decimal ID of 1 to 19 digits. "0" is the zero ID (none).
func Parse(s string) (ID, error) {
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil || len(s) > 19 {
		return 0, fmt.Errorf("id: %q is not an id: want 1 to 19 decimal digits, at most 9223372036854775807", clip(s))
	}
	return ID(n), nil
}

// clip keeps error texts short when the input is not.
func clip(s string) string {
	if r := []rune(s); len(r) > 32 {
		return string(r[:32]) + "…"
	}
	return s
}

// MarshalText gives the ID in decimal; JSON values and map keys use it.
func (id ID) MarshalText() ([]byte, error) {
	return strconv.AppendInt(nil, int64(id), 10), nil
}

// UnmarshalText reads a decimal ID; JSON strings and map keys use it.
func (id *ID) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}

// Schema describes the ID in the OpenAPI document.
func (ID) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type:        huma.TypeString,
		Pattern:     pattern,
		Description: "Id, a decimal number of up to 19 digits as a string.",
		Examples:    []any{"412345678901234567"},
	}
}

// Receiver lets an ID stand as a path, query or header parameter: huma would
// otherwise fill it as an integer and then miss the string its schema asks for.
func (id *ID) Receiver() reflect.Value {
	return reflect.ValueOf(&parameter{into: id}).Elem()
}

// parameter hands the text of a request parameter on to an ID.
type parameter struct{ into *ID }

// UnmarshalText reads the parameter.
func (p *parameter) UnmarshalText(text []byte) error { return p.into.UnmarshalText(text) }
