package sim

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

const complaintPath = "/v3/merchant-service/complaints-v2"

func pictureOf(t testing.TB) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := png.Encode(&buf, image.NewGray(image.Rect(0, 0, 4, 4))); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func dataURL(data []byte) string {
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(data)
}

// newComplaintRig has an order of 10 yuan paid, and the shop listening for complaints.
func newComplaintRig(t testing.TB, s *Server) *rig {
	g := newRig(t, s)
	g.freeze(billNoon)
	g.pay("order-9001", 1000)
	resp, out := g.raw(g.shop, "POST", "/v3/merchant-service/complaint-notifications", fmt.Sprintf(`{"url":%q}`, g.dev.URL+"/pay-notify/complaints"), nil)
	if resp.StatusCode != 200 {
		t.Fatalf("notification url: %d %v", resp.StatusCode, out)
	}
	return g
}

func (g *rig) billOf(number string) string {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	return g.s.world.orders["1900000001|"+number].Bill
}

func (g *rig) complain(kind string, more map[string]any) string {
	g.t.Helper()
	body := map[string]any{"bill_id": g.billOf("order-9001"), "type": kind, "detail": "茶叶发霉了", "phone": "13800138000"}
	for k, v := range more {
		body[k] = v
	}
	return g.post("/_sim/people/lin/complaints", body)["id"].(string)
}

// act is what the buyer does with a complaint.
func (g *rig) act(id, verb, text string) (int, map[string]any) {
	g.t.Helper()
	return g.call("POST", "/_sim/people/lin/complaints/"+id+"/"+verb, map[string]any{"text": text})
}

func (g *rig) merchantSays(id, call, body string) (int, map[string]any) {
	g.t.Helper()
	resp, out := g.raw(g.shop, "POST", complaintPath+"/"+id+"/"+call, body, nil)
	return resp.StatusCode, out
}

// heard are the action types the shop was told of, in order.
func (g *rig) heard(n int) []string {
	g.t.Helper()
	eventually(g.t, fmt.Sprintf("%d notices", n), func() bool { return len(g.complaintNotices()) >= n })
	return g.complaintNotices()
}

func (g *rig) complaintNotices() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	actions := []string{}
	for i, r := range g.notices {
		if r.URL.Path != "/pay-notify/complaints" {
			continue
		}
		n := struct {
			Event    string `json:"event_type"`
			Resource struct {
				Ciphertext string `json:"ciphertext"`
				AAD        string `json:"associated_data"`
				Nonce      string `json:"nonce"`
			} `json:"resource"`
		}{}
		if err := json.Unmarshal([]byte(g.noticeIn[i]), &n); err != nil {
			g.t.Fatal(err)
		}
		plain := must(paycrypt.Open(g.shop.APIv3Key, n.Resource.Nonce, n.Resource.AAD, n.Resource.Ciphertext))(g.t)
		v := map[string]string{}
		if err := json.Unmarshal(plain, &v); err != nil || v["complaint_id"] == "" {
			g.t.Fatalf("%s %v", plain, err)
		}
		actions = append(actions, strings.TrimPrefix(n.Event, "COMPLAINT.")+" "+v["action_type"])
	}
	return actions
}

const oneAnswer = `{"complainted_mchid":"1900000001","response_content":"抱歉，马上给您补发"}`

func TestComplaintFromBeginToEnd(t *testing.T) {
	g := newComplaintRig(t, &Server{})
	id := g.complain(ComplainRefund, map[string]any{"refund_amount": 600, "images": []string{dataURL(pictureOf(t))}})
	_, out := g.raw(g.shop, "GET", complaintPath+"/"+id, "", nil)
	phone, err := paycrypt.DecryptField(merchantKey(t, g.shop), out["payer_phone"].(string))
	if err != nil || phone != "13800138000" || out["complaint_state"] != "PENDING" || out["problem_type"] != "REFUND" || out["apply_refund_amount"] != 600.0 || out["payer_openid"] != g.openID("lin") ||
		out["complaint_detail"] != "茶叶发霉了" || out["user_complaint_times"] != 1.0 {
		t.Fatalf("detail %v, phone %s %v", out, phone, err)
	}
	media := out["complaint_media_list"].([]any)[0].(map[string]any)
	resp, picture := g.fetchBill(g.shop, media["media_url"].([]any)[0].(string))
	if media["media_type"] != "USER_COMPLAINT_IMAGE" || resp.StatusCode != 200 || picture != string(pictureOf(t)) {
		t.Fatalf("the buyer's picture: %v %d", media, resp.StatusCode)
	}
	if status, out := g.merchantSays(id, "complete", `{"complainted_mchid":"1900000001"}`); status != 400 {
		t.Fatalf("settled before a word was said: %d %v", status, out)
	}
	if status, out := g.merchantSays(id, "response", oneAnswer); status != 204 {
		t.Fatalf("answer: %d %v", status, out)
	}
	if status, _ := g.act(id, "reply", "好的，等你们"); status != 200 {
		t.Fatal("reply")
	}
	_, out = g.raw(g.shop, "GET", complaintPath+"/"+id, "", nil)
	if out["complaint_state"] != "PROCESSING" || out["incoming_user_response"] != true {
		t.Fatalf("after the answer and the reply: %v", out)
	}
	if status, out := g.merchantSays(id, "update-refund-progress", `{"action":"APPROVE","launch_refund_day":0}`); status != 204 {
		t.Fatalf("approve: %d %v", status, out)
	}
	g.refund("order-9001", "refund-1", 1000, 600)
	if status, out := g.merchantSays(id, "complete", `{"complainted_mchid":"1900000001"}`); status != 204 {
		t.Fatalf("complete: %d %v", status, out)
	}
	state := g.get("/_sim/people/lin/complaints/" + id)
	if state["state"] != "PROCESSED" || state["refund_decision"] != "APPROVE" || state["answered"] != true || state["answer_by"] != "2026-03-11T12:00:00+08:00" {
		t.Fatalf("the buyer sees %v", state)
	}
	if status, _ := g.act(id, "continue", "还没有收到"); status != 200 {
		t.Fatal("continue")
	}
	if status, _ := g.act(id, "withdraw", ""); status != 200 {
		t.Fatal("withdraw")
	}
	if status, out := g.merchantSays(id, "response", oneAnswer); status != 400 {
		t.Fatalf("an answer to nobody: %d %v", status, out)
	}
	_, history := g.raw(g.shop, "GET", complaintPath+"/"+id+"/negotiation-historys?limit=300", "", nil)
	kinds := []string{}
	for _, row := range history["data"].([]any) {
		kinds = append(kinds, row.(map[string]any)["operate_type"].(string))
	}
	want := "USER_REVOKE_COMPLAINT USER_CONTINUE_COMPLAINT MERCHANT_CONFIRM_COMPLETE COMPLAINT_PARTIAL_REFUNDED_SYSTEM_MESSAGE MERCHANT_APPROVE_REFUND USER_RESPONSE MERCHANT_RESPONSE USER_CREATE_COMPLAINT_SYSTEM_MESSAGE USER_CREATE_COMPLAINT"
	if strings.Join(kinds, " ") != want || history["total_count"] != 9.0 {
		t.Fatalf("history %v", kinds)
	}
	if got := strings.Join(slices.Sorted(slices.Values(g.heard(5))), ","); got != "CREATE CREATE_COMPLAINT,STATE_CHANGE CONTINUE_COMPLAINT,STATE_CHANGE REFUND_SUCCESS,STATE_CHANGE USER_RESPONSE,STATE_CHANGE USER_REVOKE_COMPLAINT" {
		t.Fatalf("the shop heard %s", got)
	}
}

func TestComplaintList(t *testing.T) {
	g := newComplaintRig(t, &Server{})
	first := g.complain(ComplainOther, nil)
	g.act(first, "withdraw", "")
	g.s.Clock.Advance(time.Hour)
	second := g.complain(ComplainService, nil)
	ask := func(query string) (int, map[string]any) {
		resp, out := g.raw(g.shop, "GET", complaintPath+"?"+query, "", nil)
		return resp.StatusCode, out
	}
	status, out := ask("limit=1&offset=0&begin_date=2026-03-01&end_date=2026-03-10&complainted_mchid=1900000001")
	if rows, _ := out["data"].([]any); status != 200 || len(rows) != 1 || rows[0].(map[string]any)["complaint_id"] != second || out["total_count"] != 2.0 {
		t.Fatalf("page one: %d %v", status, out)
	}
	if _, out = ask("limit=1&offset=1&begin_date=2026-03-01&end_date=2026-03-10"); out["data"].([]any)[0].(map[string]any)["complaint_id"] != first {
		t.Fatalf("page two: %v", out)
	}
	if _, out = ask("begin_date=2026-03-11&end_date=2026-03-12"); len(out["data"].([]any)) != 0 {
		t.Fatalf("another day: %v", out)
	}
	for query, want := range map[string]int{"end_date=2026-03-10": 400, "begin_date=2026-01-01&end_date=2026-03-10": 400, "begin_date=2026-03-10&end_date=2026-03-09": 400,
		"limit=51&begin_date=2026-03-01&end_date=2026-03-10": 400, "offset=-1&begin_date=2026-03-01&end_date=2026-03-10": 400, "begin_date=2026-03-01&end_date=2026-03-10&complainted_mchid=1900000002": 403} {
		if status, out := ask(query); status != want {
			t.Errorf("%s: %d %v, want %d", query, status, out, want)
		}
	}
	if resp, _ := g.raw(g.other, "GET", complaintPath+"/"+first, "", nil); resp.StatusCode != 404 {
		t.Errorf("another merchant reads it: %d", resp.StatusCode)
	}
	if list := g.get("/_sim/people/lin/complaints")["complaints"].([]any); len(list) != 2 {
		t.Errorf("the buyer's list: %v", list)
	}
	if status, _ := g.call("GET", "/_sim/people/zhou/complaints/"+first, nil); status != 404 {
		t.Errorf("another person reads it: %d", status)
	}
}

func TestComplaintRefusals(t *testing.T) {
	g := newComplaintRig(t, &Server{})
	good := map[string]any{"bill_id": g.billOf("order-9001"), "type": ComplainRefund, "detail": "坏了", "phone": "13800138000"}
	for name, change := range map[string]map[string]any{"kind": {"type": "ANGRY"}, "words": {"detail": " "}, "phone": {"phone": "123"}, "amount": {"refund_amount": 1001}, "bill": {"bill_id": "b0"},
		"picture": {"images": []string{"data:image/png;base64,QUJD"}}, "pictures": {"images": []string{"", "", "", "", ""}}, "long": {"detail": strings.Repeat("长", 301)}} {
		body := map[string]any{}
		for k, v := range good {
			body[k] = v
		}
		for k, v := range change {
			body[k] = v
		}
		if status, out := g.call("POST", "/_sim/people/lin/complaints", body); status != 400 && status != 404 {
			t.Errorf("%s: %d %v", name, status, out)
		}
	}
	id := g.complain(ComplainOther, nil)
	if status, _ := g.call("POST", "/_sim/people/lin/complaints", good); status != 409 {
		t.Errorf("a second one while the first is open: %d", status)
	}
	for _, tc := range []struct {
		call, body, code string
		status           int
	}{
		{"response", `{"complainted_mchid":"1900000001"}`, "PARAM_ERROR", 400},
		{"response", `{"complainted_mchid":"1900000002","response_content":"x"}`, "RESOURCE_NOT_EXISTS", 404},
		{"response", `{"complainted_mchid":"1900000001","response_content":"x","response_images":["nothing"]}`, "PARAM_ERROR", 400},
		{"response", `{"complainted_mchid":"1900000001","response_content":"x","colour":1}`, "PARAM_ERROR", 400},
		{"update-refund-progress", `{"action":"APPROVE","launch_refund_day":1}`, "INVALID_REQUEST", 400}, // not a refund
		{"response-immediate-service", oneAnswer, "INVALID_REQUEST", 400},
	} {
		if status, out := g.merchantSays(id, tc.call, tc.body); status != tc.status || out["code"] != tc.code {
			t.Errorf("%s %s: %d %v", tc.call, tc.body, status, out)
		}
	}
	for verb, want := range map[string]int{"continue": 409, "reply": 400, "explode": 400} {
		if status, out := g.act(id, verb, ""); status != want && (verb != "continue" || status != 400) {
			t.Errorf("%s: %d %v", verb, status, out)
		}
	}
}

func TestComplaintRefundRefused(t *testing.T) {
	g := newComplaintRig(t, &Server{})
	id := g.complain(ComplainRefund, nil)
	for _, body := range []string{`{"action":"APPROVE"}`, `{"action":"REJECT"}`, `{"action":"APPROVE","launch_refund_day":31}`, `{"action":"MAYBE"}`} {
		if status, out := g.merchantSays(id, "update-refund-progress", body); status != 400 || out["code"] != "PARAM_ERROR" {
			t.Errorf("%s: %d %v", body, status, out)
		}
	}
	if status, out := g.merchantSays(id, "update-refund-progress", `{"action":"REJECT","reject_reason":"已签收"}`); status != 204 {
		t.Fatalf("reject: %d %v", status, out)
	}
	state := g.get("/_sim/people/lin/complaints/" + id)
	entries := state["entries"].([]any)
	if last := entries[len(entries)-1].(map[string]any); last["by"] != "merchant" || last["text"] != "商户拒绝退款：已签收" || state["state"] != "PROCESSING" {
		t.Fatalf("the buyer sees %v", state)
	}
	if status, _ := g.merchantSays(id, "update-refund-progress", `{"action":"APPROVE","launch_refund_day":0}`); status != 400 {
		t.Fatalf("a second decision: %d", status)
	}
	if status, _ := g.act(id, "platform", ""); status != 200 {
		t.Fatal("platform")
	}
	if status, out := g.merchantSays(id, "response-immediate-service", oneAnswer); status != 200 || out["log_id"] == "" {
		t.Fatalf("at once: %d %v", status, out)
	}
	_, out := g.raw(g.shop, "GET", complaintPath+"/"+id, "", nil)
	if out["in_platform_service"] != true || out["need_immediate_service"] != false {
		t.Fatalf("%v", out)
	}
	messages := g.get("/_sim/people/lin/chats/svc-pay/messages")["messages"].([]any)
	if text := fmt.Sprint(messages[len(messages)-1]); !strings.Contains(text, "投诉进展") || !strings.Contains(text, "马上给您补发") {
		t.Fatalf("the phone says %s", text)
	}
}

func TestComplaintNotificationAddress(t *testing.T) {
	g := newRig(t, &Server{})
	const path = "/v3/merchant-service/complaint-notifications"
	for i, tc := range []struct {
		method, url string
		status      int
		code        any
	}{
		{"GET", "", 404, "RESOURCE_NOT_EXISTS"}, {"PUT", "http://127.0.0.1/a", 404, "RESOURCE_NOT_EXISTS"}, {"POST", "nonsense", 400, "PARAM_ERROR"}, {"POST", "http://127.0.0.1/a", 200, nil},
		{"POST", "http://127.0.0.1/b", 400, "ALREADY_EXISTS"}, {"PUT", "http://127.0.0.1/b", 200, nil}, {"GET", "", 200, nil}, {"DELETE", "", 204, nil}, {"GET", "", 404, "RESOURCE_NOT_EXISTS"},
	} {
		body := ""
		if tc.url != "" {
			body = fmt.Sprintf(`{"url":%q}`, tc.url)
		}
		resp, out := g.raw(g.shop, tc.method, path, body, nil)
		if resp.StatusCode != tc.status || out["code"] != tc.code || i == 6 && out["url"] != "http://127.0.0.1/b" {
			t.Fatalf("%d. %s: %d %v", i, tc.method, resp.StatusCode, out)
		}
	}
}

// upload sends a picture as the official documents say: the meta alone is signed.
func (g *rig) upload(meta string, file []byte) (*http.Response, map[string]any) {
	g.t.Helper()
	const path = "/v3/merchant-service/images/upload"
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for _, p := range []struct {
		disposition, kind string
		data              []byte
	}{{`form-data; name="meta"`, "application/json", []byte(meta)}, {`form-data; name="file"; filename="a.png"`, "image/png", file}} {
		part := must(w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {p.disposition}, "Content-Type": {p.kind}}))(g.t)
		if _, err := part.Write(p.data); err != nil {
			g.t.Fatal(err)
		}
	}
	w.Close()
	stamp, nonce := fmt.Sprint(time.Now().Unix()), g.s.text(32)
	signature := must(paycrypt.Sign(merchantKey(g.t, g.shop), paycrypt.RequestMessage("POST", path, stamp, nonce, []byte(meta))))(g.t)
	req := must(http.NewRequest("POST", g.s.URL()+path, &buf))(g.t)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Authorization", fmt.Sprintf(`%s mchid="%s",serial_no="%s",nonce_str="%s",timestamp="%s",signature="%s"`, paycrypt.Scheme, g.shop.MchID, g.shop.Serial, nonce, stamp, signature))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		g.t.Fatal(err)
	}
	defer resp.Body.Close()
	out := map[string]any{}
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		g.t.Fatal(err)
	}
	return resp, out
}

func TestMerchantPictures(t *testing.T) {
	g := newComplaintRig(t, &Server{})
	id := g.complain(ComplainOther, nil)
	data := pictureOf(t)
	sum := sha256.Sum256(data)
	meta := fmt.Sprintf(`{"filename":"a.png","sha256":"%s"}`, hex.EncodeToString(sum[:]))
	resp, out := g.upload(meta, data)
	if resp.StatusCode != 200 || out["media_id"] == "" {
		t.Fatalf("upload: %d %v", resp.StatusCode, out)
	}
	body := fmt.Sprintf(`{"complainted_mchid":"1900000001","response_content":"看图","response_images":[%q],"jump_url":"https://shop.example/order","jump_url_text":"查看订单"}`, out["media_id"])
	if status, out := g.merchantSays(id, "response", body); status != 204 {
		t.Fatalf("answer: %d %v", status, out)
	}
	entries := g.get("/_sim/people/lin/complaints/" + id)["entries"].([]any)
	last := entries[len(entries)-1].(map[string]any)
	picture := must(http.Get(g.s.URL() + last["images"].([]any)[0].(string)))(t)
	picture.Body.Close()
	if picture.StatusCode != 200 || picture.Header.Get("Content-Type") != "image/png" || last["jump_text"] != "查看订单" {
		t.Fatalf("on the phone: %v, %d", last, picture.StatusCode)
	}
	if resp, _ := g.fetchBill(g.other, g.s.URL()+"/v3/merchant-service/images/"+out["media_id"].(string)); resp.StatusCode != 404 {
		t.Errorf("another merchant's picture: %d", resp.StatusCode)
	}
	for name, tc := range map[string]struct {
		meta string
		file []byte
	}{"another file": {meta, append([]byte{}, data[:len(data)-1]...)}, "no picture": {fmt.Sprintf(`{"filename":"a.txt","sha256":"%x"}`, sha256.Sum256([]byte("hello"))), []byte("hello")}, "no meta": {`{}`, data}} {
		if resp, out := g.upload(tc.meta, tc.file); resp.StatusCode != 400 || out["code"] != "PARAM_ERROR" {
			t.Errorf("%s: %d %v", name, resp.StatusCode, out)
		}
	}
}

func FuzzReadUpload(f *testing.F) {
	f.Add("multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"meta\"\r\n\r\n{}\r\n--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nabc\r\n--x--\r\n")
	f.Add("text/plain", "x")
	f.Fuzz(func(t *testing.T, kind, body string) {
		meta, file, why := readUpload(kind, []byte(body))
		if why == "" && (meta == nil || file == nil) {
			t.Fatal("a part is missing and nobody says so")
		}
	})
}

func TestComplaintSurvivesRestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "world.sim")
	g := newComplaintRig(t, &Server{DataFile: file})
	id := g.complain(ComplainRefund, map[string]any{"images": []string{dataURL(pictureOf(t))}})
	before := fmt.Sprint(g.get("/_sim/people/lin/complaints/" + id))
	if err := g.s.Close(); err != nil {
		t.Fatal(err)
	}
	g.s = start(t, &Server{DataFile: file})
	if after := fmt.Sprint(g.get("/_sim/people/lin/complaints/" + id)); after != before {
		t.Fatalf("before %s\nafter %s", before, after)
	}
	if status, out := g.merchantSays(id, "response", oneAnswer); status != 204 {
		t.Fatalf("answer after the restart: %d %v", status, out)
	}
	if status, _ := g.act(id, "reply", "收到"); status != 200 {
		t.Fatal("reply")
	}
	eventually(t, "the notice of the reply", func() bool { return slices.Contains(g.complaintNotices(), "STATE_CHANGE USER_RESPONSE") })
}

// The phone's bill shows refunds of every state, what is left, and the complaint; months add up.
func TestBillPageOfThePhone(t *testing.T) {
	g := newComplaintRig(t, &Server{RefundDelay: time.Hour})
	g.refund("order-9001", "refund-1", 1000, 300)
	id := g.complain(ComplainOther, nil)
	detail := g.get("/_sim/people/lin/wallet/bills/" + g.billOf("order-9001"))
	refunds := detail["refunds"].([]any)
	if len(refunds) != 1 || refunds[0].(map[string]any)["state"] != "PROCESSING" || detail["refundable"] != 700.0 || detail["complaint_id"] != id {
		t.Fatalf("bill %v", detail)
	}
	g.s.Clock.Advance(30 * 24 * time.Hour)
	must(g.s.TopUp("lin", 500))(t)
	page := g.get("/_sim/people/lin/wallet/bills?month=2026-03")
	if bills := page["bills"].([]any); len(bills) != 2 || fmt.Sprint(page["months"]) != "[map[income:500 month:2026-04 spent:0] map[income:300 month:2026-03 spent:1000]]" {
		t.Fatalf("march: %v, months %v", bills, page["months"])
	}
}
