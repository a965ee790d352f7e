package sim

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/wxcrypt"
)

// workPush is one event or message on its way to an application's callback URL.
type workPush struct {
	corpID string
	app    CorpApp // as it was when the push was made
	person string
	fields []xmlField
	reply  func(plain []byte) error // takes a passive reply; nil: none is read
	skew   time.Duration            // the timestamp is off by this
}

// pushWork sends an event of the company to every application that receives customer-contact events. fields follow MsgType and
// begin with Event. Actions done through the API raise no event: do not call it for them. The caller holds mu.
func (s *Server) pushWork(corp *company, person string, fields ...xmlField) {
	for _, app := range corp.Apps {
		if app.CustomerContact && app.CallbackURL != "" {
			s.pushApp(workPush{corpID: corp.CorpID, app: app, person: person, fields: s.workEvent(corp.CorpID, "sys", fields...)})
		}
	}
}

// workEvent is what every event begins with. The caller holds mu.
func (s *Server) workEvent(corpID, from string, fields ...xmlField) []xmlField {
	head := []xmlField{{"ToUserName", corpID}, {"FromUserName", from}, {"CreateTime", itoa(s.Clock.Now().Unix())}, {"MsgType", "event"}}
	return append(head, fields...)
}

// pushApp sends p beside the request, three times at most.
func (s *Server) pushApp(p workPush) {
	if p.app.CallbackURL == "" {
		return
	}
	at := where{appID: p.corpID, persons: []string{p.person}}
	for _, f := range p.fields {
		if f.name == "Event" {
			at.event = f.value
		}
	}
	s.background(func() {
		s.pushed(at, func(skew time.Duration) {
			p.skew = skew
			s.pushAppNow(p)
		})
	})
}

func (s *Server) pushAppNow(p workPush) {
	for try := 1; try <= pushTries; try++ {
		body, err := s.pushAppOnce(p, try)
		if err == nil {
			if err = s.appReply(p, body); err != nil {
				s.note(&entry{Kind: "push", Method: "REPLY", Path: p.app.CallbackURL, Person: p.person, AppID: p.corpID, Verdict: "refused", Reason: err.Error(), response: exchange{body: keep(body)}})
			}
			return
		}
		if s.ctx.Err() != nil {
			return
		}
	}
}

func (s *Server) pushAppOnce(p workPush, try int) ([]byte, error) {
	plain := pushXML(p.fields)
	box, err := wxcrypt.NewCipher(p.app.AESKey, p.corpID)
	if err != nil {
		return nil, err
	}
	sealed, err := box.Encrypt(s.Rand, plain)
	if err != nil {
		return nil, err
	}
	body := pushXML([]xmlField{{"ToUserName", p.corpID}, {"AgentID", itoa(p.app.AgentID)}, {"Encrypt", sealed}})
	address, err := s.workCallback(p.app, sealed, nil, p.skew)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(s.ctx, callbackDeadline)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address.String(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("callback URL: %w", err)
	}
	req.Header.Set("Content-Type", "text/xml")
	req.Header.Set("User-Agent", "Mozilla/4.0")
	req.Header.Set("Accept", "*/*")
	e := &entry{Kind: "push", Method: req.Method, Host: address.Host, Path: address.RequestURI(), Person: p.person, AppID: p.corpID, started: time.Now(), signString: string(plain)}
	answer, err := s.exchange(req, body, e)
	if try > 1 && e.Reason == "" {
		e.Reason = fmt.Sprintf("attempt %d of %d", try, pushTries)
	}
	s.note(e)
	return answer, err
}

// workCallback is the callback URL with the signed query over sealed.
func (s *Server) workCallback(app CorpApp, sealed string, extra url.Values, skew time.Duration) (*url.URL, error) {
	address, err := url.Parse(app.CallbackURL)
	if err != nil || address.Host == "" {
		return nil, fmt.Errorf("callback URL %q is not absolute", app.CallbackURL)
	}
	stamp, nonce := itoa(s.Now().Add(skew).Unix()), s.digits(10)
	q := url.Values{"msg_signature": {wxcrypt.Signature(app.Token, stamp, nonce, sealed)}, "timestamp": {stamp}, "nonce": {nonce}}
	for name, values := range extra {
		q[name] = values
	}
	address.RawQuery = joinQuery(address.RawQuery, q)
	return address, nil
}

// appReply opens a passive reply, which must be encrypted, and gives it to whoever waits for it.
func (s *Server) appReply(p workPush, body []byte) error {
	body = bytes.TrimSpace(body)
	if p.reply == nil || len(body) == 0 || string(body) == "success" {
		return nil
	}
	var in reply
	if err := xml.Unmarshal(body, &in); err != nil {
		return fmt.Errorf("the answer is neither empty nor XML: %w", err)
	}
	if in.Encrypt == "" {
		return errors.New("a passive reply to WeCom must be encrypted")
	}
	want := wxcrypt.Signature(p.app.Token, strings.TrimSpace(in.Timestamp), in.Nonce, in.Encrypt)
	if subtle.ConstantTimeCompare([]byte(want), []byte(in.Signature)) != 1 {
		return errors.New("-40001: MsgSignature of the answer is wrong")
	}
	box, err := wxcrypt.NewCipher(p.app.AESKey, p.corpID)
	if err != nil {
		return err
	}
	plain, err := box.Decrypt(in.Encrypt)
	if err != nil {
		return err
	}
	return p.reply(plain)
}

// VerifyCorpCallback makes the URL-verification call of an application's 接收消息 page and tells what is wrong, if anything: the
// answer must be the decrypted echostr and nothing else.
func (s *Server) VerifyCorpCallback(ctx context.Context, corpID string, agentID int64) error {
	if err := s.init(); err != nil {
		return err
	}
	s.mu.Lock()
	var app CorpApp
	known := false
	if corp := s.world.work.companies[corpID]; corp != nil {
		app, known = corp.app(agentID)
	}
	s.mu.Unlock()
	if !known {
		return missing("application " + itoa(agentID) + " of " + corpID)
	}
	box, err := wxcrypt.NewCipher(app.AESKey, corpID)
	if err != nil {
		return err
	}
	echo := s.digits(19)
	sealed, err := box.Encrypt(s.Rand, []byte(echo))
	if err != nil {
		return err
	}
	address, err := s.workCallback(app, sealed, url.Values{"echostr": {sealed}}, 0)
	if err != nil {
		return bad("app.callback_url", "回调地址不是有效的 URL", err.Error())
	}
	reason := s.askEcho(ctx, address, corpID, func(answer string) string {
		if answer != echo {
			return "the body must be the decrypted echostr " + echo + " exactly: no quotes, no BOM, no newline"
		}
		return ""
	})
	if reason != "" {
		return refuse(http.StatusConflict, "app.verify", "openapi回调地址请求不通过："+reason, "verification failed: "+reason)
	}
	return nil
}
