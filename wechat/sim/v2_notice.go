package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

// newNoticeV2 stores a notice in v2's form: a signed XML document. The caller holds mu.
func (s *Server) newNoticeV2(mchID, address, signType, eventType, summary string, pairs []pair) *notice {
	m := s.world.merchants[mchID]
	if m == nil {
		return nil
	}
	pairs = append(pairs, pair{"sign", paycrypt.SignV2(paramsOf(pairs), m.APIKey, signType)})
	return s.newPlainNotice(mchID, address, eventType, summary, writeV2(pairs))
}

// newPlainNotice stores a document that is sent as it is.
func (s *Server) newPlainNotice(mchID, address, eventType, summary string, document []byte) *notice {
	n := s.newNotice(mchID, address, "", eventType, "v2", summary, string(document))
	if n != nil {
		n.V2 = true
	}
	return n
}

// v2PaidNotice tells of a paid order that was made by v2. The caller holds mu.
func (s *Server) v2PaidNotice(o *order) *notice {
	pairs := []pair{{"return_code", "SUCCESS"}, {"result_code", "SUCCESS"}, {"appid", o.AppID}, {"mch_id", o.notifier()}}
	if o.SpMchID != "" {
		pairs = append(pairs, pair{"sub_appid", o.SubAppID}, pair{"sub_mch_id", o.MchID})
	}
	pairs = append(pairs, pair{"device_info", o.DeviceID}, pair{"nonce_str", s.text(32)})
	if o.V2 == paycrypt.HMACSHA256 {
		pairs = append(pairs, pair{"sign_type", o.V2})
	}
	return s.newNoticeV2(o.notifier(), o.NotifyURL, o.V2, "TRANSACTION.SUCCESS", "支付成功", append(pairs, s.v2Paid(o)...))
}

// postV2 sends a v2 notice once. It is delivered when the answer is an XML document with return_code SUCCESS.
func (s *Server) postV2(n *notice) attempt {
	a := attempt{Time: s.Clock.Now()}
	var document string
	err := json.Unmarshal(n.Plain, &document)
	address, urlErr := url.Parse(n.URL)
	if err != nil || urlErr != nil {
		a.Error = "the notice or its address cannot be read"
		return a
	}
	ctx, cancel := context.WithTimeout(s.ctx, callbackDeadline)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, n.URL, bytes.NewReader([]byte(document)))
	if err != nil {
		a.Error = "notify_url: " + err.Error()
		return a
	}
	req.Header.Set("Content-Type", "text/xml")
	req.Header.Set("User-Agent", "Mozilla/4.0")
	e := &entry{Kind: "notify", Method: req.Method, Host: address.Host, Path: address.RequestURI(), MchID: n.MchID, started: time.Now()}
	answer, err := s.exchange(req, []byte(document), e)
	if err == nil {
		if params, parseErr := parseV2(answer); parseErr != nil || params["return_code"] != "SUCCESS" {
			e.Verdict, e.Reason = "failed", "the answer is no <xml> document with return_code SUCCESS"
		}
	}
	s.note(e)
	a.Status, a.MS = e.Status, e.MS
	if e.Verdict != "ok" {
		a.Error = e.Reason
	}
	return a
}
