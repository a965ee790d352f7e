package sim

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// NewComplaint is what a buyer complains of. RefundAmount is fen.
type NewComplaint struct {
	BillID       string   `json:"bill_id"` // the payment's line in the wallet
	Type         string   `json:"type"`    // ComplainRefund, ComplainService, ComplainOther
	Problem      string   `json:"problem"` // what it is about, in a few words
	Detail       string   `json:"detail"`
	Phone        string   `json:"phone"`
	RefundAmount int64    `json:"refund_amount,omitempty"` // for ComplainRefund; 0: all that is left
	Images       []string `json:"images,omitempty"`        // data URLs
}

// ComplaintEntry is one line of the talk about a complaint.
type ComplaintEntry struct {
	By     string    `json:"by"` // buyer, merchant, system
	Type   string    `json:"type"`
	Text   string    `json:"text"`
	Images []string  `json:"images"` // addresses
	Jump   string    `json:"jump_url,omitempty"`
	JumpTo string    `json:"jump_text,omitempty"`
	Time   time.Time `json:"time"`
}

// ComplaintState is a complaint as the buyer sees it.
type ComplaintState struct {
	ID        string           `json:"id"`
	State     string           `json:"state"` // PENDING, PROCESSING, PROCESSED
	Withdrawn bool             `json:"withdrawn"`
	Type      string           `json:"type"`
	Problem   string           `json:"problem"`
	Merchant  string           `json:"merchant"`
	BillID    string           `json:"bill_id"`
	Amount    int64            `json:"amount"` // of the order
	Apply     int64            `json:"apply,omitempty"`
	Refund    string           `json:"refund_decision,omitempty"` // APPROVE or REJECT
	Platform  bool             `json:"platform"`
	Time      time.Time        `json:"time"`
	AnswerBy  time.Time        `json:"answer_by"` // the merchant ought to have answered
	DoneBy    time.Time        `json:"done_by"`   // and to be done
	Answered  bool             `json:"answered"`
	Entries   []ComplaintEntry `json:"entries"`
}

var complaintPhoneForm = regexp.MustCompile(`^1[3-9][0-9]{9}$`)

var complaintTypes = []string{ComplainRefund, ComplainService, ComplainOther}

// Complain lets a person complain about a payment.
func (s *Server) Complain(personID string, in NewComplaint) (ComplaintState, error) {
	if err := s.init(); err != nil {
		return ComplaintState{}, err
	}
	if err := in.check(); err != nil {
		return ComplaintState{}, err
	}
	s.mu.Lock()
	x, err := s.newComplaint(personID, &in)
	var n *notice
	var v ComplaintState
	if err == nil {
		n, v = s.complaintNotice(x, "CREATE_COMPLAINT"), s.complaintState(x)
	}
	s.unlockDurably()
	s.startNotice(n)
	return v, err
}

func (in *NewComplaint) check() error {
	in.Detail, in.Problem = strings.TrimSpace(in.Detail), strings.TrimSpace(in.Problem)
	switch {
	case !slices.Contains(complaintTypes, in.Type):
		return bad("complaint.type", "请选择投诉类型", "type must be REFUND, SERVICE_NOT_WORK or OTHERS")
	case in.Detail == "" || utf8.RuneCountInString(in.Detail) > 300 || utf8.RuneCountInString(in.Problem) > 60:
		return bad("complaint.detail", "请用 1 到 300 个字说明问题", "detail must have 1 to 300 characters, problem at most 60")
	case !complaintPhoneForm.MatchString(in.Phone):
		return bad("complaint.phone", "请填写 11 位手机号", "phone must be a mobile number of 11 digits")
	case len(in.Images) > maxImages:
		return bad("complaint.images", "最多 4 张图片", "at most 4 pictures")
	}
	return nil
}

func (s *Server) newComplaint(who string, in *NewComplaint) (*complaint, error) {
	b := s.world.bill(who, in.BillID)
	if b == nil || b.Order == "" {
		return nil, missing("bill " + in.BillID)
	}
	o := s.world.orders[b.Order]
	w := &s.world.complaints
	if old := w.byOrder[o.key()]; old != nil && !old.Withdrawn && old.State != complaintDone {
		return nil, refuse(http.StatusConflict, "complaint.open", "这笔订单已有处理中的投诉", "there is an open complaint about this order: "+old.ID)
	}
	apply := in.RefundAmount
	if apply == 0 {
		apply = o.Total - o.Refunded
	}
	switch {
	case len(w.list) >= maxComplaints:
		return nil, refuse(http.StatusConflict, "complaint.full", "投诉太多", "there are too many complaints")
	case in.Type == ComplainRefund && (apply < 1 || apply > o.Total-o.Refunded):
		return nil, bad("complaint.amount", "退款金额需在可退金额以内", "refund_amount must be at most what is left of the order")
	case in.Type != ComplainRefund:
		apply = 0
	}
	problem := in.Problem
	if problem == "" {
		problem = map[string]string{ComplainRefund: "申请退款", ComplainService: "服务权益未生效", ComplainOther: "其他类型"}[in.Type]
	}
	images, err := s.complaintPictures(o.MchID, in.Images)
	if err != nil {
		return nil, err
	}
	now := s.Clock.Now()
	x := &complaint{ID: "200000020" + now.Format("20060102") + s.digits(12), MchID: o.MchID, Person: who, Order: o.key(), Type: in.Type, Problem: problem, Detail: in.Detail,
		Phone: in.Phone, Apply: apply, State: complaintPending, Times: 1, Born: now}
	w.list[x.ID], w.byOrder[o.key()] = x, x
	s.noteComplaint(x, complaintEntry{By: "投诉人", Type: "USER_CREATE_COMPLAINT", Text: in.Detail, Images: images})
	s.noteComplaint(x, complaintEntry{By: "系统", Type: "USER_CREATE_COMPLAINT_SYSTEM_MESSAGE", Text: "投诉已提交，商户将在 24 小时内回复"})
	return x, nil
}

func (s *Server) complaintPictures(mchID string, dataURLs []string) ([]string, error) {
	ids := []string{}
	if len(dataURLs) > maxImages {
		return nil, bad("complaint.images", "最多 4 张图片", "at most 4 pictures")
	}
	for _, text := range dataURLs {
		id, err := s.complaintPicture(mchID, text)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (s *Server) complaintState(x *complaint) ComplaintState {
	o := s.world.orders[x.Order]
	v := ComplaintState{ID: x.ID, State: x.State, Withdrawn: x.Withdrawn, Type: x.Type, Problem: x.Problem, Merchant: s.world.merchants[x.MchID].Name, BillID: o.Bill, Amount: o.Total,
		Apply: x.Apply, Refund: x.RefundState, Platform: x.Platform, Time: x.Born.In(shanghai), AnswerBy: x.Born.Add(firstAnswer).In(shanghai), DoneBy: x.Born.Add(lastAnswer).In(shanghai),
		Answered: !x.FirstAnswer.IsZero(), Entries: []ComplaintEntry{}}
	for _, e := range x.Log {
		by := map[string]string{"投诉人": "buyer", "商户": "merchant", "系统": "system"}[e.By]
		images := []string{}
		for _, id := range e.Images {
			images = append(images, "/_sim/media/"+id)
		}
		v.Entries = append(v.Entries, ComplaintEntry{by, e.Type, e.Text, images, e.Jump, e.JumpTo, e.Time.In(shanghai)})
	}
	return v
}

// What a buyer may do with a complaint.
const (
	ComplaintReply    = "reply"    // say more
	ComplaintContinue = "continue" // it is not settled
	ComplaintWithdraw = "withdraw" // never mind
	ComplaintPlatform = "platform" // call WeChat Pay in, or let it go again
)

// ActOnComplaint is what the buyer does next: one of the Complaint… verbs, with a text and pictures (data URLs) where they make sense.
func (s *Server) ActOnComplaint(personID, id, verb, text string, images []string) (ComplaintState, error) {
	if err := s.init(); err != nil {
		return ComplaintState{}, err
	}
	text = strings.TrimSpace(text)
	if utf8.RuneCountInString(text) > 300 {
		return ComplaintState{}, bad("complaint.detail", "最多 300 个字", "at most 300 characters")
	}
	s.mu.Lock()
	x := s.world.complaints.list[id]
	if x == nil || x.Person != personID {
		s.mu.Unlock()
		return ComplaintState{}, missing("complaint " + id)
	}
	action, err := s.act(x, verb, text, images)
	var n *notice
	if err == nil {
		n = s.complaintNotice(x, action)
	}
	v := s.complaintState(x)
	s.unlockDurably()
	s.startNotice(n)
	return v, err
}

// act changes a complaint by the buyer's wish and names the action for the notice.
func (s *Server) act(x *complaint, verb, text string, dataURLs []string) (string, error) {
	over := refuse(http.StatusConflict, "complaint.over", "投诉已结束", "the complaint is over")
	images, err := s.complaintPictures(x.MchID, dataURLs)
	switch {
	case err != nil:
		return "", err
	case x.Withdrawn:
		return "", over
	case text == "" && len(images) == 0 && (verb == ComplaintReply || verb == ComplaintContinue):
		return "", bad("complaint.detail", "请写下要说的话", "say something")
	}
	e := complaintEntry{By: "投诉人", Text: text, Images: images}
	action := ""
	switch verb {
	case ComplaintReply:
		if x.State == complaintDone {
			return "", over
		}
		x.Asked, e.Type, action = true, "USER_RESPONSE", "USER_RESPONSE"
	case ComplaintContinue:
		if x.State != complaintDone {
			return "", refuse(http.StatusConflict, "complaint.running", "投诉仍在处理中", "the merchant has not said it is settled")
		}
		x.State, x.Asked, x.Times = complaintProcessing, true, x.Times+1
		e.Type, action = "USER_CONTINUE_COMPLAINT", "CONTINUE_COMPLAINT"
	case ComplaintWithdraw:
		x.State, x.Withdrawn, x.Asked, x.Platform, x.Immediate = complaintDone, true, false, false, false
		e.Type, e.Text, action = "USER_REVOKE_COMPLAINT", "用户已撤诉", "USER_REVOKE_COMPLAINT"
	case ComplaintPlatform:
		x.Platform = !x.Platform
		x.Immediate = x.Platform
		e.Type, e.Text, action = "USER_APPLY_PLATFORM_SERVICE", "用户申请微信支付客服介入", "USER_APPLY_PLATFORM_SERVICE"
		if !x.Platform {
			e.Type, e.Text, action = "USER_CANCEL_PLATFORM_SERVICE", "用户取消微信支付客服介入", "USER_CANCEL_PLATFORM_SERVICE"
		}
	default:
		return "", bad("complaint.verb", "没有这个操作", "verb must be reply, continue, withdraw or platform")
	}
	s.noteComplaint(x, e)
	return action, nil
}

// complaintRoutes is what the phone asks about complaints.
func (s *Server) complaintRoutes(mux *http.ServeMux) {
	s.handle(mux, "GET /people/{id}/complaints", s.withPerson(s.apiComplaints))
	s.handle(mux, "POST /people/{id}/complaints", s.withPerson(func(r *http.Request, p *person) (any, error) {
		var in NewComplaint
		if err := readControlUpTo(r, &in, maxUpload); err != nil {
			return nil, err
		}
		return s.Complain(p.ID, in)
	}))
	s.handle(mux, "GET /people/{id}/complaints/{no}", s.withPerson(s.apiComplaint))
	s.handle(mux, "POST /people/{id}/complaints/{no}/{verb}", s.withPerson(func(r *http.Request, p *person) (any, error) {
		var in struct {
			Text   string   `json:"text"`
			Images []string `json:"images"`
		}
		if err := readControlUpTo(r, &in, maxUpload); err != nil {
			return nil, err
		}
		return s.ActOnComplaint(p.ID, r.PathValue("no"), r.PathValue("verb"), in.Text, in.Images)
	}))
}

// apiComplaints lists a person's newest fifty complaints.
func (s *Server) apiComplaints(_ *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []ComplaintState{}
	for _, x := range s.world.complaints.list {
		if x.Person == p.ID {
			list = append(list, s.complaintState(x))
		}
	}
	slices.SortFunc(list, func(a, b ComplaintState) int { return b.Time.Compare(a.Time) })
	return map[string]any{"complaints": list[:min(50, len(list))]}, nil
}

func (s *Server) apiComplaint(r *http.Request, p *person) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.world.complaints.list[r.PathValue("no")]
	if x == nil || x.Person != p.ID {
		return nil, missing("complaint " + r.PathValue("no"))
	}
	return s.complaintState(x), nil
}
