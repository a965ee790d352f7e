package sim

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

type complaintOrder struct {
	Transaction string `json:"transaction_id"`
	OutTradeNo  string `json:"out_trade_no"`
	Amount      int64  `json:"amount"`
}

type complaintMedia struct {
	Type string   `json:"media_type"` // USER_COMPLAINT_IMAGE, OPERATION_IMAGE
	URLs []string `json:"media_url"`
}

type complaintView struct {
	ID            string           `json:"complaint_id"`
	Time          string           `json:"complaint_time"`
	Detail        string           `json:"complaint_detail"`
	MchID         string           `json:"complainted_mchid,omitempty"`
	State         string           `json:"complaint_state"`
	Phone         string           `json:"payer_phone,omitempty"` // encrypted for the merchant
	OpenID        string           `json:"payer_openid"`
	Orders        []complaintOrder `json:"complaint_order_info"`
	FullRefunded  bool             `json:"complaint_full_refunded"`
	UserAnswered  bool             `json:"incoming_user_response"`
	Problem       string           `json:"problem_description"`
	Times         int              `json:"user_complaint_times"`
	Media         []complaintMedia `json:"complaint_media_list"`
	ServiceOrders []any            `json:"service_order_info"`
	ProblemType   string           `json:"problem_type"`
	Apply         *int64           `json:"apply_refund_amount,omitempty"`
	Tags          []string         `json:"user_tag_list"`
	InPlatform    bool             `json:"in_platform_service"`
	Immediate     bool             `json:"need_immediate_service"`
	Agent         bool             `json:"is_agent_mode"`

	phone string
}

func (s *Server) mediaAddress(c *call, ids []string) []string {
	urls := []string{}
	for _, id := range ids {
		urls = append(urls, c.origin()+"/v3/merchant-service/images/"+id)
	}
	return urls
}

// complaintView shows a complaint to the merchant; the phone number is sealed by sealPhones, outside the lock. The caller holds mu.
func (s *Server) complaintView(c *call, x *complaint) *complaintView {
	o := s.world.orders[x.Order]
	v := &complaintView{ID: x.ID, Time: cst(x.Born), Detail: x.Detail, MchID: x.MchID, State: x.State, phone: x.Phone, OpenID: s.fan(o.AppID, x.Person).OpenID,
		Orders: []complaintOrder{{o.TransactionID, o.OutTradeNo, o.Total}}, FullRefunded: o.Refunded >= o.Total, UserAnswered: x.Asked, Problem: x.Problem, Times: x.Times,
		Media: []complaintMedia{}, ServiceOrders: []any{}, ProblemType: x.Type, Tags: []string{}, InPlatform: x.Platform, Immediate: x.Immediate}
	if x.Type == ComplainRefund {
		v.Apply = &x.Apply
	}
	if images := x.Log[0].Images; len(images) > 0 {
		v.Media = append(v.Media, complaintMedia{"USER_COMPLAINT_IMAGE", s.mediaAddress(c, images)})
	}
	return v
}

// sealPhones encrypts the phone numbers; false when it has answered.
func (c *call) sealPhones(views ...*complaintView) bool {
	for _, v := range views {
		var err error
		if v.Phone, err = c.encryptFor(v.phone); err != nil {
			c.payFail(http.StatusInternalServerError, "SYSTEM_ERROR", "系统异常，请稍后重试", nil)
			return false
		}
	}
	return true
}

// pageParams reads limit and offset; on failure it has answered.
func (c *call) pageParams(usual, most int) (limit, offset int, ok bool) {
	limit = usual
	for _, p := range []struct {
		name     string
		to       *int
		low, top int
	}{{"limit", &limit, 1, most}, {"offset", &offset, 0, 1_000_000}} {
		text := c.r.URL.Query().Get(p.name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < p.low || n > p.top {
			c.queryError(p.name, "数值规则校验失败")
			return 0, 0, false
		}
		*p.to = n
	}
	return limit, offset, true
}

// complaintList answers GET /v3/merchant-service/complaints-v2.
func (s *Server) complaintList(c *call) {
	q := c.r.URL.Query()
	limit, offset, ok := c.pageParams(10, 50)
	if !ok {
		return
	}
	from, err1 := time.ParseInLocation(billDay, q.Get("begin_date"), shanghai)
	to, err2 := time.ParseInLocation(billDay, q.Get("end_date"), shanghai)
	switch {
	case err1 != nil:
		c.queryError("begin_date", "格式错误，应为yyyy-MM-DD")
		return
	case err2 != nil:
		c.queryError("end_date", "格式错误，应为yyyy-MM-DD")
		return
	case to.Before(from) || to.Sub(from) > 30*24*time.Hour:
		c.payFail(http.StatusBadRequest, "INVALID_REQUEST", "查询日期跨度不能超过30天", nil)
		return
	}
	s.mu.Lock()
	mchID, ok := s.actsFor(c, q.Get("complainted_mchid"))
	if !ok {
		s.mu.Unlock()
		return
	}
	found := []*complaint{}
	for _, x := range s.world.complaints.list {
		if x.MchID == mchID && !x.Born.Before(from) && x.Born.Before(to.AddDate(0, 0, 1)) {
			found = append(found, x)
		}
	}
	slices.SortFunc(found, func(a, b *complaint) int { return b.Born.Compare(a.Born) })
	views := []*complaintView{}
	for _, x := range found[min(offset, len(found)):min(offset+limit, len(found))] {
		views = append(views, s.complaintView(c, x))
	}
	s.mu.Unlock()
	if c.sealPhones(views...) {
		c.payOK(map[string]any{"data": views, "limit": limit, "offset": offset, "total_count": len(found)})
	}
}

// ownComplaint finds a complaint about the caller, or about a sub-merchant of it; on failure it has answered. The caller holds mu.
func (s *Server) ownComplaint(c *call, mchID string) *complaint {
	x := s.world.complaints.list[c.r.PathValue("id")]
	if x == nil || !s.providesFor(c.mch.MchID, x.MchID) || mchID != "" && mchID != x.MchID {
		c.payFail(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "投诉单不存在", nil)
		if x != nil {
			c.refused("the complaint is about merchant %s", x.MchID)
		}
		return nil
	}
	return x
}

// complaintDetail answers GET /v3/merchant-service/complaints-v2/{complaint_id}.
func (s *Server) complaintDetail(c *call) {
	s.mu.Lock()
	x := s.ownComplaint(c, "")
	var v *complaintView
	if x != nil {
		v = s.complaintView(c, x)
	}
	s.mu.Unlock()
	if v != nil && c.sealPhones(v) {
		c.payOK(v)
	}
}

type historyView struct {
	ID     string          `json:"log_id"`
	By     string          `json:"operator"`
	Time   string          `json:"operate_time"`
	Type   string          `json:"operate_type"`
	Text   string          `json:"operate_details,omitempty"`
	Images []string        `json:"image_list"`
	Media  *complaintMedia `json:"complaint_media_list,omitempty"`
}

// complaintHistory answers GET …/complaints-v2/{complaint_id}/negotiation-historys, the newest first.
func (s *Server) complaintHistory(c *call) {
	limit, offset, ok := c.pageParams(100, 300)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.ownComplaint(c, "")
	if x == nil {
		return
	}
	views := []historyView{}
	for i := len(x.Log) - 1 - offset; i >= 0 && len(views) < limit; i-- {
		e := x.Log[i]
		v := historyView{ID: e.ID, By: e.By, Time: cst(e.Time), Type: e.Type, Text: e.Text, Images: s.mediaAddress(c, e.Images)}
		if len(e.Images) > 0 {
			v.Media = &complaintMedia{"OPERATION_IMAGE", v.Images}
			if i == 0 {
				v.Media.Type = "USER_COMPLAINT_IMAGE"
			}
		}
		views = append(views, v)
	}
	c.payOK(map[string]any{"data": views, "limit": limit, "offset": offset, "total_count": len(x.Log)})
}
