package id

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/humatest"
	"pgregory.net/rapid"
)

func TestJSONIsADecimalString(t *testing.T) {
	type row struct {
		ID    ID         `json:"id"`
		Maybe *ID        `json:"maybe"`
		Names map[ID]int `json:"names"`
	}
	in := row{ID: math.MaxInt64, Names: map[ID]int{7: 1}}
	out, err := json.Marshal(in)
	if want := `{"id":"9223372036854775807","maybe":null,"names":{"7":1}}`; err != nil || string(out) != want {
		t.Fatalf("got %s, %v; want %s", out, err, want)
	}
	var back row
	if err := json.Unmarshal(out, &back); err != nil || back.ID != in.ID || back.Names[7] != 1 || back.Maybe != nil {
		t.Fatalf("got %+v, %v", back, err)
	}
	for _, bad := range []string{`12`, `"-1"`, `""`, `"1e3"`, `true`, `"9223372036854775808"`, `{}`} {
		var got ID
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s was read as %d", bad, got)
		}
	}
}

func TestParse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := ID(rapid.Int64Min(0).Draw(t, "id"))
		if got, err := Parse(want.String()); err != nil || got != want {
			t.Fatalf("%d → %d, %v", want, got, err)
		}
	})
	for _, bad := range []string{"", " 1", "1 ", "-1", "+1", "0x1", "1_0", "１", "00000000000000000001", "9223372036854775808", strings.Repeat("9", 5000)} {
		got, err := Parse(bad)
		if err == nil || got != 0 || !strings.Contains(err.Error(), "1 to 19 decimal digits") || len(err.Error()) > 200 {
			t.Errorf("Parse(%.40q) = %d, %v", bad, got, err)
		}
	}
}

func TestTimeAndNode(t *testing.T) {
	at := time.Date(2026, 5, 4, 3, 2, 1, 234e6, time.UTC)
	src := Source{Now: func() time.Time { return at.Add(567 * time.Microsecond) }, Node: 1023}
	got := src.Next()
	if !got.Time().Equal(at) || got.Time().Location() != time.UTC || got.Node() != 1023 || got.IsZero() || got < 0 {
		t.Fatalf("%d: made %s by node %d, want %s by 1023", got, got.Time(), got.Node(), at)
	}
}

// TestAsParameterAndBody holds that huma takes ids in a path, a query and a
// body, gives them back as strings, and answers 422 to what is none.
func TestAsParameterAndBody(t *testing.T) {
	type request struct {
		Order ID `path:"order"`
		After ID `query:"after"`
		Body  struct {
			Lines []ID `json:"lines"`
		}
	}
	type answer struct {
		Body struct {
			All []ID `json:"all"`
		}
	}
	_, api := humatest.New(t)
	huma.Post(api, "/orders/{order}", func(_ context.Context, in *request) (*answer, error) {
		out := &answer{}
		out.Body.All = append([]ID{in.Order, in.After}, in.Body.Lines...)
		return out, nil
	})
	res := api.Post("/orders/9007199254740993?after=5", strings.NewReader(`{"lines":["9223372036854775807"]}`))
	if want := `"all":["9007199254740993","5","9223372036854775807"]`; res.Code != http.StatusOK || !strings.Contains(res.Body.String(), want) {
		t.Fatalf("got %d %s, want %s", res.Code, res.Body, want)
	}
	for path, body := range map[string]string{
		"/orders/abc":                  `{"lines":[]}`,
		"/orders/-1":                   `{"lines":[]}`,
		"/orders/99999999999999999999": `{"lines":[]}`,
		"/orders/1?after=x":            `{"lines":[]}`,
		"/orders/1":                    `{"lines":[12]}`,
	} {
		if res := api.Post(path, strings.NewReader(body)); res.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s %s: got %d %s", path, body, res.Code, res.Body)
		}
	}
	if doc, _ := json.Marshal(api.OpenAPI()); strings.Count(string(doc), `"pattern":"^[0-9]{1,19}$"`) != 4 {
		t.Errorf("the OpenAPI document does not describe all four ids: %s", doc)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"0", "9223372036854775807", "-1", "1e9", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, err := Parse(s); err == nil && (got < 0 || strings.TrimLeft(s, "0") != strings.TrimLeft(got.String(), "0")) {
			t.Fatalf("%q was read as %d", s, got)
		}
	})
}

func TestAtIsTheFirstOfItsMoment(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	s := &Source{Now: func() time.Time { return now }, Node: 7}
	made := s.Next()
	if At(now) > made || At(now.Add(time.Millisecond)) <= made || !At(now).Time().Equal(now) || At(time.Time{}) != 0 {
		t.Errorf("At(%v) = %v, made %v", now, At(now), made)
	}
}
