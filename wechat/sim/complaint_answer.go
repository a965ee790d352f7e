package sim

import (
	"net/http"
)

var answerFields = []field{
	{name: "complainted_mchid", label: "被诉商户号", required: true, max: 64},
	{name: "response_content", label: "回复内容", required: true, max: 600},
	{name: "response_images", label: "回复图片", kind: "texts", max: maxImages},
	{name: "jump_url", label: "跳转链接", max: 512},
	{name: "jump_url_text", label: "跳转链接文案", max: 60},
	{name: "mini_program_jump_info", kind: "object", sub: []field{{name: "appid", required: true, max: 32}, {name: "path", required: true, max: 512}, {name: "text", required: true, max: 60}}},
}

type answerBody struct {
	MchID   string   `json:"complainted_mchid"`
	Text    string   `json:"response_content"`
	Images  []string `json:"response_images"`
	Jump    string   `json:"jump_url"`
	JumpTo  string   `json:"jump_url_text"`
	Action  string   `json:"action"`
	Day     *int64   `json:"launch_refund_day"`
	Reason  string   `json:"reject_reason"`
	Media   []string `json:"reject_media_list"`
	Remark  string   `json:"remark"`
	Address string   `json:"url"`
}

// merchantAnswer reads a merchant's word about a complaint and hands it to f, which gives what the merchant hears back: a log id, or a refusal.
func (s *Server) merchantAnswer(fields []field, f func(c *call, x *complaint, in *answerBody) (*complaintEntry, *payRefusal)) func(*call) {
	return func(c *call) {
		var in answerBody
		if !c.strict(fields, &in) {
			return
		}
		s.mu.Lock()
		defer s.unlockDurably()
		x := s.ownComplaint(c, in.MchID)
		if x == nil {
			return
		}
		for _, id := range append(in.Images, in.Media...) {
			if m := s.world.media[id]; m == nil || m.AppID != complaintMediaOf(x.MchID) {
				c.payFail(http.StatusBadRequest, "PARAM_ERROR", "图片media_id不存在", map[string]string{"field": "/body/response_images", "value": id, "location": "body"})
				return
			}
		}
		e, no := f(c, x, &in)
		if no != nil {
			c.answerRefusal(no)
			return
		}
		c.status = http.StatusNoContent
		if e != nil {
			c.status = http.StatusOK
			c.payOK(map[string]string{"log_id": e.ID})
		}
	}
}

func invalidRequest(message, why string) *payRefusal {
	return &payRefusal{http.StatusBadRequest, "INVALID_REQUEST", message, why}
}

// respond is the merchant's answer to the buyer. The caller holds mu.
func (s *Server) respond(_ *call, x *complaint, in *answerBody) (*complaintEntry, *payRefusal) {
	if x.Withdrawn {
		return nil, invalidRequest("用户已撤诉", "the buyer withdrew the complaint")
	}
	s.merchantSaid(x, complaintEntry{By: "商户", Type: "MERCHANT_RESPONSE", Text: in.Text, Images: in.Images, Jump: in.Jump, JumpTo: in.JumpTo})
	return nil, nil
}

// merchantSaid writes the merchant's word down; the first one begins the processing.
func (s *Server) merchantSaid(x *complaint, e complaintEntry) *complaintEntry {
	if x.State == complaintPending {
		x.State = complaintProcessing
	}
	if x.Asked = false; x.FirstAnswer.IsZero() {
		x.FirstAnswer = s.Clock.Now()
	}
	s.tellBuyer(x, e.Text)
	return s.noteComplaint(x, e)
}

func (s *Server) respondNow(_ *call, x *complaint, in *answerBody) (*complaintEntry, *payRefusal) {
	if !x.Immediate {
		return nil, invalidRequest("投诉单无需即时服务回复", "need_immediate_service is false: the buyer has not called WeChat Pay in")
	}
	x.Immediate = false
	return s.merchantSaid(x, complaintEntry{By: "商户", Type: "MERCHANT_RESPONSE", Text: in.Text, Images: in.Images}), nil
}

// complete is the merchant's word that the matter is settled. The caller holds mu.
func (s *Server) complete(_ *call, x *complaint, _ *answerBody) (*complaintEntry, *payRefusal) {
	switch x.State {
	case complaintDone:
		return nil, nil
	case complaintPending:
		return nil, invalidRequest("请先回复用户，再反馈处理完成", "the merchant has not answered the buyer yet")
	}
	x.State, x.Asked = complaintDone, false
	s.noteComplaint(x, complaintEntry{By: "商户", Type: "MERCHANT_CONFIRM_COMPLETE", Text: "商户已反馈处理完成"})
	s.tellBuyer(x, "商户已反馈处理完成，如未解决可继续投诉")
	return nil, nil
}

var progressFields = []field{
	{name: "action", label: "审批动作", required: true, enum: []string{"REJECT", "APPROVE"}},
	{name: "launch_refund_day", label: "预计发起退款时间", kind: "int", min: 0, max: 30},
	{name: "reject_reason", label: "拒绝退款原因", max: 600},
	{name: "reject_media_list", label: "拒绝退款的举证图片列表", kind: "texts", max: maxImages},
	{name: "remark", label: "备注", max: 600},
}

// refundProgress is the merchant's decision about the refund the buyer asked for. The caller holds mu.
func (s *Server) refundProgress(_ *call, x *complaint, in *answerBody) (*complaintEntry, *payRefusal) {
	switch {
	case x.Type != ComplainRefund:
		return nil, invalidRequest("该投诉单不是申请退款类型", "problem_type is "+x.Type)
	case x.State == complaintDone:
		return nil, invalidRequest("投诉单已处理完成", "the complaint is PROCESSED")
	case x.RefundState != "":
		return nil, invalidRequest("已更新过退款审批结果", "the decision was "+x.RefundState)
	case in.Action == "APPROVE" && in.Day == nil:
		return nil, &payRefusal{http.StatusBadRequest, "PARAM_ERROR", "同意退款时，launch_refund_day必填", ""}
	case in.Action == "REJECT" && in.Reason == "":
		return nil, &payRefusal{http.StatusBadRequest, "PARAM_ERROR", "拒绝退款时，reject_reason必填", ""}
	}
	x.RefundState = in.Action
	e := complaintEntry{By: "商户", Type: "MERCHANT_APPROVE_REFUND", Text: "商户同意退款"}
	if in.Action == "REJECT" {
		e.Type, e.Text, e.Images = "MERCHANT_REFUSE_RERUND", "商户拒绝退款："+in.Reason, in.Media
	} else if x.RefundDay = *in.Day; x.RefundDay > 0 {
		e.Text += "，预计" + itoa(x.RefundDay) + "天内发起"
	}
	s.merchantSaid(x, e)
	return nil, nil
}

var addressFields = []field{{name: "url", label: "通知地址", kind: "url", required: true, max: 255}}

// complaintURL answers the four calls about the notification address.
func (s *Server) complaintURL(c *call) {
	var in answerBody
	method := c.r.Method
	if (method == http.MethodPost || method == http.MethodPut) && (!c.strict(addressFields, &in) || !c.allowNotify(in.Address)) {
		return
	}
	s.mu.Lock()
	defer s.unlockDurably()
	list := s.world.complaints.addresses
	have := list[c.mch.MchID]
	switch {
	case method == http.MethodPost && have != nil:
		c.payFail(http.StatusBadRequest, "ALREADY_EXISTS", "已创建过投诉通知回调地址", nil)
		return
	case method != http.MethodPost && have == nil:
		c.payFail(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "未创建投诉通知回调地址", nil)
		return
	case method == http.MethodDelete:
		delete(list, c.mch.MchID)
		s.touch("complaint_url", c.mch.MchID)
		c.status = http.StatusNoContent
		return
	case method != http.MethodGet:
		have = &complaintAddress{in.Address, s.keyMode(c)}
		list[c.mch.MchID] = have
		s.touch("complaint_url", c.mch.MchID)
	}
	c.payOK(map[string]string{"mchid": c.mch.MchID, "url": have.URL})
}

func (s *Server) complaintEndpoints() []endpoint {
	const base, one = "/v3/merchant-service/complaints-v2", "/v3/merchant-service/complaints-v2/{id}"
	const address = "/v3/merchant-service/complaint-notifications"
	offer := func(pattern, title string, serve func(*call)) endpoint {
		return endpoint{Pattern: pattern, Title: title, Fidelity: Full, serve: s.asMerchant(serve)}
	}
	done := []field{answerFields[0]}
	return []endpoint{
		offer("GET "+base, "查询投诉单列表", s.complaintList),
		offer("GET "+one, "查询投诉单详情", s.complaintDetail),
		offer("GET "+one+"/negotiation-historys", "查询投诉单协商历史", s.complaintHistory),
		offer("POST "+one+"/response", "回复用户", s.merchantAnswer(answerFields, s.respond)),
		offer("POST "+one+"/complete", "反馈处理完成", s.merchantAnswer(done, s.complete)),
		offer("POST "+one+"/update-refund-progress", "更新退款审批结果", s.merchantAnswer(progressFields, s.refundProgress)),
		offer("POST "+one+"/response-immediate-service", "回复需要即时服务的用户", s.merchantAnswer(answerFields, s.respondNow)),
		offer("POST "+address, "创建投诉通知回调地址", s.complaintURL),
		offer("GET "+address, "查询投诉通知回调地址", s.complaintURL),
		offer("PUT "+address, "更新投诉通知回调地址", s.complaintURL),
		offer("DELETE "+address, "删除投诉通知回调地址", s.complaintURL),
		{Pattern: "POST /v3/merchant-service/images/upload", Title: "商户上传反馈图片", Fidelity: Full, Limit: 3 << 20, serve: s.asUploader(s.complaintUpload)},
		{Pattern: "GET /v3/merchant-service/images/{media}", Title: "图片下载接口", Fidelity: Full, Note: "the answer is not signed, as WeChat's is not", serve: s.asMerchant(s.complaintImage)},
	}
}
