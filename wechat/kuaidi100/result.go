package kuaidi100

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Bounds of what is taken from an answer.
const (
	maxAnswer = 2 << 20 // bytes
	MaxTracks = 500     // tracks of one parcel; older ones are left out
	maxText   = 1000    // characters of a text
)

// State is where a parcel stands: a basic code of one digit, or a fine code of several ("1002" 干线运输) whose Basic is known.
type State string

// Basic states.
const (
	Moving     State = "0"  // 在途
	Collected  State = "1"  // 揽收
	Trouble    State = "2"  // 疑难
	Signed     State = "3"  // 签收
	SignedBack State = "4"  // 退签: it is back with the sender
	Delivering State = "5"  // 派件
	Returning  State = "6"  // 退回
	Forwarded  State = "7"  // 转投
	Customs    State = "8"  // 清关
	Declined   State = "14" // 拒签
)

// Basic is the basic state of a fine one; itself when it is basic or not known.
func (s State) Basic() State {
	switch {
	case len(s) == 1 || s == Declined:
		return s
	case len(s) == 2 && s >= "10" && s <= "13":
		return Customs
	case len(s) == 4 && strings.HasPrefix(string(s), "100"):
		return Moving
	case len(s) == 3 && s[0] >= '1' && s[0] <= '6':
		return s[:1]
	}
	return s
}

// Result is what is known of a parcel.
type Result struct {
	Com, Num  string
	State     State
	Checked   bool      // ischeck, as sent; 快递100 says to go by State instead
	Condition string    // F00 and the like
	Tracks    []Track   // newest first
	Skipped   int       // tracks left out because they had no text or no readable time
	AskedAt   time.Time // by Config.Now; zero in a push
}

// Delivered tells whether the receiver has it: by state, or by ischeck where no state was sent. A parcel that went back is not delivered.
func (r Result) Delivered() bool {
	return r.State.Basic() == Signed || r.State == "" && r.Checked
}

// Track is one message of the carrier.
type Track struct {
	Time     time.Time // written in +08:00
	Context  string
	Status   string // 在途, 揽收, …; empty when the customer's account does not include it
	State    State  // statusCode; empty when not included
	AreaCode string
	AreaName string
	Location string
}

// shanghai is the zone of every time in an answer.
var shanghai = time.FixedZone("CST", 8*3600)

// text is a JSON string, number, bool or null, because the types vary between carriers and versions.
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(raw []byte) error {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0 || bytes.Equal(raw, []byte("null")):
		*t = ""
	case raw[0] == '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return err
		}
		*t = text(s)
	case raw[0] == '{' || raw[0] == '[':
		return errors.New("a list or an object stands where a text is wanted")
	default:
		*t = text(raw)
	}
	return nil
}

type wireTrack struct {
	Time       text `json:"time"`
	FTime      text `json:"ftime"`
	Context    text `json:"context"`
	Status     text `json:"status"`
	StatusCode text `json:"statusCode"`
	AreaCode   text `json:"areaCode"`
	AreaName   text `json:"areaName"`
	Location   text `json:"location"`
}

type wireResult struct {
	Result     *text       `json:"result"`
	ReturnCode text        `json:"returnCode"`
	Message    text        `json:"message"`
	Com        text        `json:"com"`
	Nu         text        `json:"nu"`
	IsCheck    text        `json:"ischeck"`
	Condition  text        `json:"condition"`
	Status     text        `json:"status"`
	State      text        `json:"state"`
	Data       []wireTrack `json:"data"`
}

const queryPath = "/poll/query.do"

// ParseResult reads the answer to a query. A refusal is an *APIError, anything else an *HTTPError.
func ParseResult(body []byte) (Result, error) {
	var w wireResult
	if err := json.Unmarshal(body, &w); err != nil {
		return Result{}, &HTTPError{Path: queryPath, Status: 200, Reason: "the answer is not the expected JSON: " + err.Error()}
	}
	code := w.ReturnCode
	if code == "" {
		code = w.Status
	}
	refused := w.Result != nil && *w.Result == "false"
	if code != "200" || refused {
		if code == "" {
			return Result{}, &HTTPError{Path: queryPath, Status: 200, Reason: fmt.Sprintf("the answer has neither status nor returnCode: %s", clip(string(w.Message), 200))}
		}
		return Result{}, newAPIError(queryPath, queryCodes, string(code), string(w.Message))
	}
	return w.read(), nil
}

func (w wireResult) read() Result {
	r := Result{Com: clip(string(w.Com), 64), Num: clip(string(w.Nu), 64), State: State(clip(string(w.State), 8)), Checked: w.IsCheck == "1" || w.IsCheck == "true", Condition: clip(string(w.Condition), 16)}
	for _, d := range w.Data {
		at, ok := readTime(d)
		said := clip(strings.TrimSpace(strings.ToValidUTF8(string(d.Context), "")), maxText)
		if !ok || said == "" {
			r.Skipped++
			continue
		}
		r.Tracks = append(r.Tracks, Track{Time: at, Context: said, Status: clip(string(d.Status), 32), State: State(clip(string(d.StatusCode), 8)),
			AreaCode: clip(string(d.AreaCode), 32), AreaName: clip(string(d.AreaName), 64), Location: clip(string(d.Location), 128)})
	}
	slices.SortStableFunc(r.Tracks, func(a, b Track) int { return b.Time.Compare(a.Time) })
	if extra := len(r.Tracks) - MaxTracks; extra > 0 {
		r.Skipped += extra
		r.Tracks = r.Tracks[:MaxTracks]
	}
	return r
}

// readTime takes time, else ftime. Years outside 2000–2100 are not times of a parcel.
func readTime(d wireTrack) (time.Time, bool) {
	for _, written := range []text{d.Time, d.FTime} {
		for _, layout := range []string{time.DateTime, "2006-01-02 15:04"} {
			if at, err := time.ParseInLocation(layout, strings.TrimSpace(string(written)), shanghai); err == nil && at.Year() >= 2000 && at.Year() <= 2100 {
				return at, true
			}
		}
	}
	return time.Time{}, false
}
