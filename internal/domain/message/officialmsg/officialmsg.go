// Package officialmsg sends cards through a WeChat official account: as a
// template message where the operator configured one for the kind, else as a
// customer-service message, which WeChat allows for 48 hours after a payment or
// a message of the buyer.
package officialmsg

import (
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"

	"github.com/shuke-commerce/shuke/internal/domain/message"
	"github.com/shuke-commerce/shuke/wechat/official"
)

// Sender implements message.Sender.
type Sender struct {
	Client    *official.Client
	Templates map[string]Template // by kind of card
}

// Template is a template message with the card's field behind each of its keys.
type Template struct {
	ID   string
	Keys map[string]string // key of the template → text with {field} in it
}

// ParseTemplate reads "TEMPLATE_ID;thing1={title};amount2={total}"; "" is none.
func ParseTemplate(text string) (Template, error) {
	parts := strings.Split(text, ";")
	t := Template{ID: strings.TrimSpace(parts[0]), Keys: map[string]string{}}
	for _, p := range parts[1:] {
		k, v, ok := strings.Cut(p, "=")
		if !ok || strings.TrimSpace(k) == "" {
			return t, fmt.Errorf("template %q: %q is not key={field}", t.ID, p)
		}
		t.Keys[strings.TrimSpace(k)] = strings.TrimSpace(v)
	}
	if t.ID != "" && len(t.Keys) == 0 {
		return t, fmt.Errorf("template %q has no keys; write ID;key={field};…", t.ID)
	}
	return t, nil
}

// Send implements message.Sender.
func (s *Sender) Send(ctx context.Context, openID string, c message.Card) (message.Outcome, error) {
	var err error
	if t, ok := s.Templates[c.Kind]; ok && t.ID != "" {
		_, err = s.Client.SendTemplate(ctx, t.message(openID, c))
	} else {
		err = s.Client.SendCustom(ctx, openID, official.NewsMessage{Title: c.Title, Description: c.Text, URL: c.URL, PicURL: c.Picture}, "")
	}
	var refused *official.APIError
	switch {
	case err == nil:
		return message.Outcome{Sent: true}, nil
	case errors.As(err, &refused) && !official.IsRetryable(err):
		return message.Outcome{Reason: refused.Error()}, nil
	case nothingSent(err):
		return message.Outcome{}, fmt.Errorf("%w: %w", message.ErrNotSent, err)
	}
	return message.Outcome{}, err
}

// nothingSent tells that WeChat was not reached, or answered that it did nothing
// (busy, the minute's quota).
func nothingSent(err error) bool {
	var refused *official.APIError
	var dial *net.OpError
	return errors.As(err, &refused) || errors.As(err, &dial) && dial.Op == "dial"
}

var field = regexp.MustCompile(`\{[a-z_]+\}`)

func (t Template) message(openID string, c message.Card) official.TemplateMessage {
	m := official.TemplateMessage{OpenID: openID, TemplateID: t.ID, URL: c.URL, Data: map[string]official.TemplateValue{}}
	for k, text := range t.Keys {
		v := field.ReplaceAllStringFunc(text, func(f string) string { return c.Fields[f[1:len(f)-1]] })
		m.Data[k] = official.TemplateValue{Value: cut(k, v)}
	}
	return m
}

// cut keeps values within WeChat's limits by kind of key (thing: 20 characters;
// 模板消息参数值限制).
func cut(key, v string) string {
	limit := 32
	if strings.HasPrefix(key, "thing") {
		limit = 20
	}
	if r := []rune(v); len(r) > limit {
		return string(r[:limit-1]) + "…"
	}
	return v
}
