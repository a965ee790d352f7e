package sim

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/wxcrypt"
)

const pushTries = 3

// outPush is one message or event on its way to a developer.
type outPush struct {
	account Account // as it was when the push was made
	openID  string
	person  string
	event   string // empty: a message
	shown   bool   // a broken answer is shown to the person
	skew    time.Duration
	json    bool // the account chose JSON
	fields  []xmlField
}

// event prepares the push of an event. The caller holds mu.
func (s *Server) event(a *account, f *fan, name string, extra ...xmlField) outPush {
	fields := []xmlField{{"ToUserName", a.OriginalID}, {"FromUserName", f.OpenID}, {"CreateTime", itoa(s.Clock.Now().Unix())}, {"MsgType", "event"}, {"Event", name}}
	shown := name == "subscribe" || name == "CLICK" || name == "SCAN" || name == "scancode_waitmsg"
	return outPush{account: a.Account, openID: f.OpenID, person: f.Person, event: name, shown: shown, fields: append(fields, extra...)}
}

// textPush prepares the push of a text message; articleAddress is that of the article it answers, or empty. The caller holds mu.
func (s *Server) textPush(a *account, f *fan, text, menuID, articleAddress string) outPush {
	push := s.messagePush(a, f, "text", xmlField{"Content", text})
	if menuID != "" {
		push.fields = append(push.fields, xmlField{"bizmsgmenuid", menuID})
	}
	key, ok := strings.CutPrefix(articleAddress, articleURL(""))
	if p := s.world.official.pages[key]; ok && p != nil && p.AppID == a.AppID {
		i := slices.IndexFunc(p.Articles, func(piece pubPiece) bool { return piece.Key == key })
		push.fields = append(push.fields, xmlField{"MsgDataId", itoa(2_247_483_648 + p.Seq)}, xmlField{"Idx", itoa(int64(i + 1))})
	}
	return push
}

// push sends p to the developer, three times at most, and delivers the answer. Without a callback URL nothing is sent.
func (s *Server) push(p outPush) {
	if p.account.CallbackURL == "" {
		return
	}
	s.pushed(where{event: p.event, appID: p.account.AppID, persons: []string{p.person, p.openID}}, func(skew time.Duration) {
		p.skew = skew
		s.pushNow(p)
	})
}

func (s *Server) pushNow(p outPush) {
	s.mu.Lock()
	if d := s.world.official.desks[p.account.AppID]; d != nil {
		p.json = d.JSONPush
	}
	s.mu.Unlock()
	var body []byte
	var err error
	for try := 1; try <= pushTries; try++ {
		if body, err = s.pushOnce(p, try); err == nil || s.ctx.Err() != nil {
			break
		}
	}
	if err == nil {
		err = s.answer(p, body)
	}
	if err != nil && p.shown && s.ctx.Err() == nil {
		s.mu.Lock()
		a := s.world.accounts[p.account.AppID]
		s.mu.Unlock()
		s.fault(a, p.person)
	}
}

func (s *Server) pushOnce(p outPush, try int) ([]byte, error) {
	body, query, err := s.sealPush(p)
	if err != nil {
		return nil, err
	}
	address, err := url.Parse(p.account.CallbackURL)
	if err != nil {
		return nil, fmt.Errorf("callback URL: %w", err)
	}
	address.RawQuery = joinQuery(address.RawQuery, query)
	ctx, cancel := context.WithTimeout(s.ctx, callbackDeadline)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address.String(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("callback URL: %w", err)
	}
	req.Header.Set("Content-Type", "text/xml")
	if p.json {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("User-Agent", "Mozilla/4.0")
	req.Header.Set("Accept", "*/*")
	e := &entry{Kind: "push", Method: req.Method, Host: address.Host, Path: address.RequestURI(), Person: p.person, AppID: p.account.AppID, started: time.Now()}
	answer, err := s.exchange(req, body, e)
	if try > 1 && e.Reason == "" {
		e.Reason = fmt.Sprintf("attempt %d of %d", try, pushTries)
	}
	s.note(e)
	return answer, err
}

// exchange sends a request and fills an inspector entry; an answer other than 200 is an error.
func (s *Server) exchange(req *http.Request, body []byte, e *entry) ([]byte, error) {
	e.TLS, e.request = req.URL.Scheme == "https", exchange{header: req.Header, body: keep(body)}
	resp, err := s.outbound.Do(req)
	e.Verdict = "failed"
	defer func() { e.MS = time.Since(e.started).Milliseconds() }()
	if err != nil {
		e.Reason = err.Error()
		if errors.Is(err, context.DeadlineExceeded) {
			e.Reason = "no answer within 5 seconds"
		}
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	e.Status, e.response = resp.StatusCode, exchange{header: resp.Header, body: keep(answer)}
	if err != nil {
		e.Reason = "the answer broke off: " + err.Error()
		return nil, err
	}
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusNoContent {
		e.Reason = fmt.Sprintf("answered %d, want 200", resp.StatusCode)
		return answer, errors.New(e.Reason)
	}
	e.Verdict = "ok"
	return answer, nil
}

func joinQuery(have string, add url.Values) string {
	if have == "" {
		return add.Encode()
	}
	return have + "&" + add.Encode()
}

// signedQuery is the query every call to the developer's URL carries.
func (s *Server) signedQuery(a Account, skew time.Duration) (q url.Values, timestamp, nonce string) {
	timestamp, nonce = itoa(s.Now().Add(skew).Unix()), s.digits(10)
	q = url.Values{"signature": {wxcrypt.Signature(a.Token, timestamp, nonce)}, "timestamp": {timestamp}, "nonce": {nonce}}
	return q, timestamp, nonce
}

// sealPush makes body and query in the account's mode.
func (s *Server) sealPush(p outPush) ([]byte, url.Values, error) {
	q, timestamp, nonce := s.signedQuery(p.account, p.skew)
	q.Set("openid", p.openID)
	plain, err := p.write(p.fields)
	if err != nil || p.account.Mode == ModePlain {
		return plain, q, err
	}
	box, err := wxcrypt.NewCipher(p.account.AESKey, p.account.AppID)
	if err != nil {
		return nil, nil, err
	}
	sealed, err := box.Encrypt(s.Rand, plain)
	if err != nil {
		return nil, nil, err
	}
	q.Set("encrypt_type", "aes")
	q.Set("msg_signature", wxcrypt.Signature(p.account.Token, timestamp, nonce, sealed))
	fields := []xmlField{{"ToUserName", p.account.OriginalID}, {"Encrypt", sealed}}
	if p.account.Mode == ModeCompatible {
		fields = append(append([]xmlField{}, p.fields...), fields[1])
	}
	body, err := p.write(fields)
	return body, q, err
}

// write makes a body in the account's format.
func (p outPush) write(fields []xmlField) ([]byte, error) {
	if p.json {
		return pushJSON(fields)
	}
	return pushXML(fields), nil
}

// answer opens, checks and delivers a passive reply.
func (s *Server) answer(p outPush, body []byte) error {
	r, err := parseReply(body, p.json)
	if err == nil && r != nil && (r.Encrypt != "" || p.account.Mode == ModeSafe) {
		r, err = openReply(p.account, r, p.json)
	}
	if err == nil && r != nil {
		err = r.check(p.openID, p.account.OriginalID, p.event != "")
	}
	if err == nil && r != nil && p.event != "unsubscribe" {
		err = s.deliverReply(p, r)
	}
	if err != nil {
		s.note(&entry{Kind: "push", Method: "REPLY", Path: p.account.CallbackURL, Person: p.person, AppID: p.account.AppID, Verdict: "refused", Reason: err.Error(), response: exchange{body: keep(body)}})
	}
	return err
}

func openReply(a Account, r *reply, asJSON bool) (*reply, error) {
	if r.Encrypt == "" {
		return nil, errors.New("the account is in safe mode, but the answer is not encrypted")
	}
	want := wxcrypt.Signature(a.Token, strings.TrimSpace(r.Timestamp), r.Nonce, r.Encrypt)
	if subtle.ConstantTimeCompare([]byte(want), []byte(r.Signature)) != 1 {
		return nil, errors.New("-40001: MsgSignature of the answer is wrong")
	}
	box, err := wxcrypt.NewCipher(a.AESKey, a.AppID)
	if err != nil {
		return nil, err
	}
	plain, err := box.Decrypt(r.Encrypt)
	if err != nil {
		return nil, err
	}
	opened, err := parseReply(plain, asJSON)
	if err == nil && opened == nil {
		err = errors.New("the encrypted answer is empty")
	}
	return opened, err
}

func (s *Server) deliverReply(p outPush, r *reply) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	body := content{Type: r.Type}
	mediaID := ""
	switch r.Type {
	case "text":
		body.Text = r.Content
	case "image":
		mediaID = r.Image.MediaID
	case "voice":
		mediaID = r.Voice.MediaID
	case "video":
		mediaID, body.Title, body.Description = r.Video.MediaID, r.Video.Title, r.Video.Description
	case "music":
		if s.world.media[r.Music.Thumb] == nil {
			return fmt.Errorf("ThumbMediaId %q is unknown", r.Music.Thumb)
		}
		body = musicCard(r.Music.Title, r.Music.Description, r.Music.URL, s.world.media[r.Music.Thumb])
	case "transfer_customer_service":
		s.kfTransfer(p.account.AppID, p.person, r.Trans.Account)
		return nil
	case "news":
		body.Articles = r.Articles.Items
	}
	if mediaID != "" || body.Type == "image" || body.Type == "voice" || body.Type == "video" {
		m := s.world.media[mediaID]
		if m == nil || m.expired(s.Clock.Now()) {
			return fmt.Errorf("MediaId %q is unknown or expired", mediaID)
		}
		if body.MediaURL = m.path(); r.Type == "image" {
			body.ImageURL, body.MediaURL = m.path(), ""
		}
	}
	s.fromAccount(s.world.accounts[p.account.AppID], p.person, body)
	return nil
}

// VerifyCallback makes the URL-verification call of the account's settings page and tells what is wrong, if anything.
func (s *Server) VerifyCallback(ctx context.Context, appID string) error {
	if err := s.init(); err != nil {
		return err
	}
	s.mu.Lock()
	known := s.world.accounts[appID]
	var a Account
	if known != nil {
		a = known.Account
	}
	s.mu.Unlock()
	if known == nil {
		return missing("account " + appID)
	}
	address, err := url.Parse(a.CallbackURL)
	if err != nil || address.Host == "" {
		return bad("account.callback_url", "服务器地址不是有效的 URL", "callback_url is not an absolute URL")
	}
	q, _, _ := s.signedQuery(a, 0)
	echo := s.digits(19)
	q.Set("echostr", echo)
	address.RawQuery = joinQuery(address.RawQuery, q)
	reason := s.askEcho(ctx, address, appID, func(answer string) string {
		if strings.TrimSpace(answer) != echo {
			return "the body must be the echostr " + echo + " and nothing else"
		}
		return ""
	})
	if reason != "" {
		return refuse(http.StatusConflict, "account.verify", "token 验证失败："+reason, "verification failed: "+reason)
	}
	return nil
}

// askEcho makes the URL-verification call of an account or a WeCom application. judge tells what is wrong with the answer; reason is
// that, or why none came, and empty when all is well.
func (s *Server) askEcho(ctx context.Context, address *url.URL, appID string, judge func(answer string) string) (reason string) {
	ctx, cancel := context.WithTimeout(ctx, callbackDeadline)
	defer cancel()
	req := (&http.Request{Method: http.MethodGet, URL: address, Header: http.Header{"User-Agent": {"Mozilla/4.0"}}}).WithContext(ctx)
	e := &entry{Kind: "push", Method: req.Method, Host: address.Host, Path: address.RequestURI(), AppID: appID, started: time.Now()}
	body, err := s.exchange(req, nil, e)
	if err == nil {
		if why := judge(string(body)); why != "" {
			e.Verdict, e.Reason = "failed", why
		}
	}
	s.note(e)
	if e.Verdict == "failed" {
		return e.Reason
	}
	return ""
}
