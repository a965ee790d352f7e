package bench

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestTheTableSaysWhatWasMissed(t *testing.T) {
	f := Figure{Name: "orders", Run: "order", Aims: []Aim{{Field: "per_second", Least: 5000, Unit: "/s"}, {Field: "p99_ms", Most: 50, Unit: " ms"}, {Field: "books_agree", True: true}, {Field: "gone", Least: 1}, {Field: "cores"}}}
	r := Report{Cores: 2, Go: "go1.26", Figures: []Taken{
		{Figure: f, Answer: json.RawMessage(`{"per_second": 1234567.8, "p99_ms": 50.04, "books_agree": false, "cores": 2}`)},
		{Figure: Figure{Name: "broken", Run: "x"}, Error: "exit status 1: a | b\nc"},
	}}
	got := r.Markdown()
	for _, want := range []string{
		"| orders | ≥ 5,000/s | 1,234,568/s | holds |\n",
		"|  | ≤ 50 ms | 50 ms | **missed** |\n",
		"|  | books agree | books agree: false | **missed** |\n",
		"|  | ≥ 1 | – | **missed** |\n",
		"|  |  | 2 |  |\n",
		`| broken | | exit status 1: a \| b c | **failed** |`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}
