package sim

import (
	"strings"
	"time"
)

// States of a complaint (B10).
const (
	complaintPending    = "PENDING"
	complaintProcessing = "PROCESSING"
	complaintDone       = "PROCESSED"
)

// Kinds of a complaint.
const (
	ComplainRefund  = "REFUND"           // 申请退款
	ComplainService = "SERVICE_NOT_WORK" // 服务权益未生效
	ComplainOther   = "OTHERS"           // 其他
)

const (
	firstAnswer   = 24 * time.Hour // the merchant ought to have answered
	lastAnswer    = 72 * time.Hour // and to be done
	maxImages     = 4              // of one entry
	maxEntries    = 300            // of one complaint
	maxComplaints = 10_000
)

// complaint is what a buyer has against a merchant about one order. Amounts are fen.
type complaint struct {
	ID          string            `json:"id"`
	MchID       string            `json:"mchid"`
	Person      string            `json:"person"`
	Order       string            `json:"order"` // key
	Type        string            `json:"type"`
	Problem     string            `json:"problem"`
	Detail      string            `json:"detail"`
	Phone       string            `json:"phone"`
	Apply       int64             `json:"apply,omitempty"` // refund asked for
	State       string            `json:"state"`
	Times       int               `json:"times"`
	Asked       bool              `json:"asked,omitempty"`     // the buyer wrote and the merchant has not answered
	Platform    bool              `json:"platform,omitempty"`  // WeChat Pay was called in
	Immediate   bool              `json:"immediate,omitempty"` // and wants an answer at once
	Withdrawn   bool              `json:"withdrawn,omitempty"`
	RefundState string            `json:"refund_state,omitempty"` // APPROVE or REJECT
	RefundDay   int64             `json:"refund_day,omitempty"`
	Log         []*complaintEntry `json:"log"`
	Born        time.Time         `json:"born"`
	FirstAnswer time.Time         `json:"first_answer,omitzero"`
}

// complaintEntry is one line of 协商历史.
type complaintEntry struct {
	ID     string    `json:"id"`
	By     string    `json:"by"` // 投诉人, 商户, 系统
	Time   time.Time `json:"time"`
	Type   string    `json:"type"`
	Text   string    `json:"text"`
	Images []string  `json:"images,omitempty"` // media ids
	Jump   string    `json:"jump,omitempty"`
	JumpTo string    `json:"jump_text,omitempty"`
}

// complaintWorld is all complaints; Server.mu guards it.
type complaintWorld struct {
	list      map[string]*complaint
	addresses map[string]*complaintAddress // mchid
	byOrder   map[string]*complaint        // the newest
}

// complaintAddress is where a merchant hears of complaints.
type complaintAddress struct {
	URL     string `json:"url"`
	KeyMode string `json:"key_mode"`
}

func newComplaintWorld() complaintWorld {
	return complaintWorld{list: map[string]*complaint{}, addresses: map[string]*complaintAddress{}, byOrder: map[string]*complaint{}}
}

func (w *complaintWorld) tables() []table {
	return []table{mapTable("complaint", w.list), mapTable("complaint_url", w.addresses)}
}

func (w *complaintWorld) link() {
	for _, x := range w.list {
		if old := w.byOrder[x.Order]; old == nil || old.Born.Before(x.Born) {
			w.byOrder[x.Order] = x
		}
	}
}

// noteComplaint writes a line into a complaint's history. The caller holds mu.
func (s *Server) noteComplaint(x *complaint, e complaintEntry) *complaintEntry {
	e.ID, e.Time = "3002"+s.digits(23), s.Clock.Now()
	if len(x.Log) < maxEntries {
		x.Log = append(x.Log, &e)
	}
	s.touch("complaint", x.ID)
	s.hub.send(x.Person, "complaint", map[string]any{"id": x.ID, "state": x.State})
	return &e
}

// complaintNotice tells the merchant what happened. The caller holds mu.
func (s *Server) complaintNotice(x *complaint, action string) *notice {
	to := s.world.complaints.addresses[x.MchID]
	if to == nil {
		return nil
	}
	event, summary := "COMPLAINT.STATE_CHANGE", "投诉单状态变化"
	if action == "CREATE_COMPLAINT" {
		event, summary = "COMPLAINT.CREATE", "产生新投诉"
	}
	return s.newNotice(x.MchID, to.URL, to.KeyMode, event, "complaint", summary, map[string]string{"complaint_id": x.ID, "action_type": action})
}

// complaintRefunded notes a refund of an order somebody complained about. The caller holds mu.
func (s *Server) complaintRefunded(o *order) *notice {
	x := s.world.complaints.byOrder[o.key()]
	if x == nil || x.Withdrawn {
		return nil
	}
	kind, text := "COMPLAINT_PARTIAL_REFUNDED_SYSTEM_MESSAGE", "商户已发起部分退款"
	if o.Refunded >= o.Total {
		kind, text = "COMPLAINT_FULL_REFUNDED_SYSTEM_MESSAGE", "商户已全额退款"
	}
	s.noteComplaint(x, complaintEntry{By: "系统", Type: kind, Text: text})
	return s.complaintNotice(x, "REFUND_SUCCESS")
}

// tellBuyer puts a message of 微信支付 on the buyer's phone. The caller holds mu.
func (s *Server) tellBuyer(x *complaint, text string) {
	s.deliver(x.Person, payChat, "service", "pay", content{Type: "text", Text: "【投诉进展】" + s.world.merchants[x.MchID].Name + "：" + strings.TrimSpace(text)})
}
