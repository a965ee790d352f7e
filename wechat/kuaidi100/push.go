package kuaidi100

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

const subscribePath = "/poll"

// Subscription asks 快递100 to tell about every movement of a parcel at CallbackURL (http or https).
type Subscription struct {
	Com, Num    string
	From, To    string
	Phone       string // 顺丰 and others need it
	CallbackURL string
	Salt        string // signs the pushes; needed, or anyone could send them
}

type subscribeParam struct {
	Company    string              `json:"company"`
	Number     string              `json:"number"`
	From       string              `json:"from,omitempty"`
	To         string              `json:"to,omitempty"`
	Key        string              `json:"key"`
	Parameters subscribeParameters `json:"parameters"`
}

type subscribeParameters struct {
	CallbackURL string `json:"callbackurl"`
	Salt        string `json:"salt"`
	ResultV2    string `json:"resultv2"`
	Phone       string `json:"phone,omitempty"`
}

// Subscribe starts pushes about a parcel; 快递100 allows it four times a month per number. ErrRepeated says it was started before.
func (c *Client) Subscribe(ctx context.Context, s Subscription) error {
	if s.Salt == "" {
		return errors.New("kuaidi100: Subscription.Salt is empty; without it pushes cannot be told from forgeries")
	}
	param, err := encode(subscribeParam{Company: s.Com, Number: s.Num, From: s.From, To: s.To, Key: c.cfg.Key,
		Parameters: subscribeParameters{CallbackURL: s.CallbackURL, Salt: s.Salt, ResultV2: "4", Phone: s.Phone}})
	if err != nil {
		return fmt.Errorf("kuaidi100: %s: %w", subscribePath, err)
	}
	body, err := c.post(ctx, subscribePath, url.Values{"schema": {"json"}, "param": {param}})
	if err != nil {
		return err
	}
	var w wireResult
	if err := json.Unmarshal(body, &w); err != nil {
		return &HTTPError{Path: subscribePath, Status: 200, Reason: "the answer is not the expected JSON: " + err.Error()}
	}
	if w.ReturnCode != "200" {
		return newAPIError(subscribePath, subscribeCodes, string(w.ReturnCode), string(w.Message))
	}
	return nil
}

// What a push says of the subscription.
const (
	Polling   = "polling"   // it goes on
	Shutdown  = "shutdown"  // the parcel has been signed for
	Abort     = "abort"     // given up: nothing known for 3 days, or nothing new for 60
	UpdateAll = "updateall" // tracks were rewritten
)

// Push is a message of 快递100 about a subscribed parcel.
type Push struct {
	Status         string // Polling, Shutdown, Abort or UpdateAll
	Message        string
	AutoCheck      bool   // 快递100 found another carrier for the number:
	ComOld, ComNew string // from … to …
	Last           Result
}

// Errors of ParsePush.
var (
	ErrPushSignature = errors.New("kuaidi100: push: the signature is wrong or missing")
	ErrPushForm      = errors.New("kuaidi100: push: the body is not the expected form")
)

// PushAccepted is the answer to a push that has been dealt with; to any other answer the push is sent again, about every 35 minutes,
// three times.
const PushAccepted = `{"result":true,"returnCode":"200","message":"成功"}`

// PushRefused is the answer to a push that is to be sent again.
const PushRefused = `{"result":false,"returnCode":"500","message":"失败"}`

const maxPush = 1 << 20 // bytes

// ParsePush reads a push, checked against the salt of the subscription. It takes at most 1 MiB.
func ParsePush(r *http.Request, salt string) (Push, error) {
	if r.Method != http.MethodPost {
		return Push{}, fmt.Errorf("%w: method %s, want POST", ErrPushForm, r.Method)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPush+1))
	if err != nil {
		return Push{}, fmt.Errorf("kuaidi100: push: %w", err)
	}
	if len(body) > maxPush {
		return Push{}, fmt.Errorf("%w: longer than %d bytes", ErrPushForm, maxPush)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return Push{}, fmt.Errorf("%w: %v", ErrPushForm, err)
	}
	return parsePush(form.Get("param"), form.Get("sign"), salt)
}

func parsePush(param, sign, salt string) (Push, error) {
	if !sameSign(sign, SignPush(param, salt)) {
		return Push{}, ErrPushSignature
	}
	var w struct {
		Status     text       `json:"status"`
		Message    text       `json:"message"`
		AutoCheck  text       `json:"autoCheck"`
		ComOld     text       `json:"comOld"`
		ComNew     text       `json:"comNew"`
		LastResult wireResult `json:"lastResult"`
	}
	if err := json.Unmarshal([]byte(param), &w); err != nil {
		return Push{}, fmt.Errorf("%w: param: %v", ErrPushForm, err)
	}
	return Push{Status: clip(string(w.Status), 16), Message: clip(string(w.Message), 200), AutoCheck: w.AutoCheck == "1",
		ComOld: clip(string(w.ComOld), 64), ComNew: clip(string(w.ComNew), 64), Last: w.LastResult.read()}, nil
}
