package sim

import (
	"bytes"
	"compress/gzip"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const billTokenLife = 5 * time.Minute

// billRefusal is why a bill cannot be had.
type billRefusal struct {
	code, message, why string
}

// prepareBill checks that a bill can be had now, and fixes what belongs to it. The v2 call uses it too.
func (s *Server) prepareBill(a *billAsk) *billRefusal {
	from, to, err := a.dayOf()
	now := s.Clock.Now()
	ready := s.BillReady
	if ready == 0 {
		ready = billFetch
	}
	switch {
	case err != nil:
		return &billRefusal{"PARAM_ERROR", "账单日期格式错误，应为yyyy-MM-dd", "bill_date must be a day such as 2026-01-31"}
	case from.After(now):
		return &billRefusal{"INVALID_REQUEST", "账单日期不能晚于今天", "the day has not come"}
	case from.Before(now.AddDate(0, -3, 0).Truncate(time.Second)):
		return &billRefusal{"INVALID_REQUEST", "仅支持三个月内的账单下载申请", "the day is more than three months ago"}
	case now.Before(to.Add(min(billMade, ready))):
		return &billRefusal{"NO_STATEMENT_EXIST", "账单文件不存在，请在次日10点后再获取", "bills are made from 09:00 of the next day"}
	case now.Before(to.Add(ready)):
		return &billRefusal{"STATEMENT_CREATING", "账单生成中，请在10点后再获取", "bills can be had from 10:00 of the next day (BillReady)"}
	}
	s.mu.Lock()
	a.Known = nil
	for _, mchID := range a.MchID {
		n := 0
		if f := s.world.money.flows[mchID+"|"+a.account()]; f != nil {
			n = len(f.moves)
		}
		a.Known = append(a.Known, n)
	}
	a.BOM = s.moneySettings(a.Owner).BillBOM
	s.mu.Unlock()
	lines := 0
	if s.eachLine(a, func(string, *movement) { lines++ }, func() error { return nil }) != nil || lines == 0 {
		return &billRefusal{"NO_STATEMENT_EXIST", "账单文件不存在，当日没有交易", "nothing happened on that day"}
	}
	return nil
}

// askTradeBill answers GET /v3/bill/tradebill.
func (s *Server) askTradeBill(c *call) {
	s.askBill(c, billTrade, "bill_type", "ALL", "SUCCESS", "REFUND")
}

// askFundBill answers GET /v3/bill/fundflowbill.
func (s *Server) askFundBill(c *call) {
	s.askBill(c, billFund, "account_type", accountBasic, accountOperation, accountFees)
}

// askSharingBill answers GET /v3/profitsharing/bills.
func (s *Server) askSharingBill(c *call) { s.askBill(c, billSharing, "", "ALL") }

// askBill answers with the hash and the address of a bill. types are the allowed values of the parameter typeName, the first by default.
func (s *Server) askBill(c *call, kind, typeName string, types ...string) {
	q := c.r.URL.Query()
	known := []string{"bill_date", "tar_type", "sub_mchid", typeName}
	for name := range q {
		if !slices.Contains(known, name) || name == "" || name == "sub_mchid" && kind == billFund {
			c.queryError(name, "请求中含有未在API文档中定义的参数")
			return
		}
	}
	a := &billAsk{Kind: kind, MchID: []string{c.mch.MchID}, Owner: c.mch.MchID, Day: q.Get("bill_date"), Type: types[0], Gzip: q.Get("tar_type") == "GZIP"}
	if v := q.Get(typeName); typeName != "" && v != "" {
		a.Type = v
	}
	switch {
	case a.Day == "":
		c.queryError("bill_date", "必填性规则校验失败，此字段为必填项")
		return
	case !slices.Contains(types, a.Type):
		c.queryError(typeName, "枚举规则校验失败")
		return
	case q.Has("tar_type") && !a.Gzip:
		c.queryError("tar_type", "枚举规则校验失败")
		return
	case !s.billOf(c, a, q.Get("sub_mchid")):
		return
	}
	if no := s.prepareBill(a); no != nil {
		c.payFail(http.StatusBadRequest, no.code, no.message, nil)
		c.refused("%s", no.why)
		return
	}
	sum := sha1.New()
	if err := s.writeBill(sum, a); err != nil {
		c.payFail(http.StatusInternalServerError, "SYSTEM_ERROR", "系统异常，请稍后重试", nil)
		return
	}
	c.payOK(map[string]string{"hash_type": "SHA1", "hash_value": hex.EncodeToString(sum.Sum(nil)), "download_url": s.billURL(c, a)})
}

// billOf settles whose bill it is.
func (s *Server) billOf(c *call, a *billAsk, sub string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	mchID, ok := s.actsFor(c, sub)
	a.MchID, a.Sp = []string{mchID}, mchID != c.mch.MchID
	if sub == "" && a.Kind == billTrade && c.mch.Kind == KindProvider {
		a.MchID, a.Sp = nil, true
		for id := range s.world.merchants {
			if id != c.mch.MchID && s.providesFor(c.mch.MchID, id) {
				a.MchID = append(a.MchID, id)
			}
		}
		slices.Sort(a.MchID)
	}
	return ok
}

func (c *call) queryError(name, rule string) {
	text := "输入源“/query/" + name + "”" + rule
	c.payFail(http.StatusBadRequest, "PARAM_ERROR", text, map[string]string{"field": "/query/" + name, "value": c.r.URL.Query().Get(name), "issue": text, "location": "query"})
}

type billToken struct {
	Ask   *billAsk `json:"a"`
	Until int64    `json:"u"` // unix seconds of the simulator's clock
}

// billURL is the address of a bill's text for five minutes. The token says all, sealed with the world's seed, so that it outlives a restart.
func (s *Server) billURL(c *call, a *billAsk) string {
	raw, _ := json.Marshal(billToken{a, s.Clock.Now().Add(billTokenLife).Unix()})
	token := base64.RawURLEncoding.EncodeToString(append(s.billSeal(raw), raw...))
	address := c.origin() + "/v3/billdownload/file?token=" + url.QueryEscape(token)
	if a.Gzip {
		address += "&tartype=gzip"
	}
	return address
}

// origin is where the caller found WeChat Pay: addresses in answers are on it.
func (c *call) origin() string {
	if strings.HasSuffix(c.r.Host, "mch.weixin.qq.com") {
		return "https://" + c.r.Host // the caller's transport knows the way
	}
	return "http://" + c.r.Host
}

func (s *Server) billSeal(raw []byte) []byte {
	s.mu.Lock()
	seed := s.world.meta.Seed
	s.mu.Unlock()
	mac := hmac.New(sha256.New, []byte(seed+"bill"))
	mac.Write(raw)
	return mac.Sum(nil)[:16]
}

// downloadBill answers GET /v3/billdownload/file with the text, unsigned.
func (s *Server) downloadBill(c *call) {
	raw, err := base64.RawURLEncoding.DecodeString(c.r.URL.Query().Get("token"))
	var token billToken
	switch {
	case err != nil || len(raw) < 17 || !hmac.Equal(raw[:16], s.billSeal(raw[16:])) || json.Unmarshal(raw[16:], &token) != nil:
		c.payFail(http.StatusBadRequest, "INVALID_REQUEST", "token无效", nil)
		c.refused("the token is none that was given")
		return
	case s.Clock.Now().Unix() > token.Until:
		c.payFail(http.StatusBadRequest, "INVALID_REQUEST", "token已过期，请重新申请账单", nil)
		c.refused("the address was good for five minutes")
		return
	case token.Ask.Owner != c.mch.MchID:
		c.payFail(http.StatusForbidden, "NO_AUTH", "账单不属于该商户", nil)
		return
	}
	c.unsigned = true
	c.header.Set("Content-Type", "text/plain; charset=utf-8")
	if token.Ask.Gzip {
		c.header.Set("Content-Type", "application/gzip")
	}
	c.stream = func(w io.Writer) error {
		if !token.Ask.Gzip {
			return s.writeBill(w, token.Ask)
		}
		z := gzip.NewWriter(w)
		if err := s.writeBill(z, token.Ask); err != nil {
			return err
		}
		return z.Close()
	}
}

// billText is a whole trade bill (ALL, SUCCESS or REFUND) of a day "2006-01-02", for calls that answer with it.
func (s *Server) billText(mchID, day, kind string) (string, *billRefusal) {
	a := &billAsk{Kind: billTrade, MchID: []string{mchID}, Owner: mchID, Day: day, Type: kind}
	if no := s.prepareBill(a); no != nil {
		return "", no
	}
	var text bytes.Buffer
	if err := s.writeBill(&text, a); err != nil {
		return "", &billRefusal{"SYSTEM_ERROR", "系统异常，请稍后重试", err.Error()}
	}
	return text.String(), nil
}
