package sim

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/wechat/kuaidi100"
)

const (
	birdQuery = "/Ebusiness/EbusinessOrderHandle.aspx"
	birdDist  = "/api/dist"
	birdOrder = "/api/EOrderService"
)

// bird asks 快递鸟 as customer SHUKE0001 with the AppKey key12345.
func bird(t *testing.T, s *Server, path, kind string, data map[string]any) map[string]any {
	t.Helper()
	raw := must2(encode(data))
	return birdForm(t, s, path, url.Values{"RequestData": {raw}, "EBusinessID": {"SHUKE0001"}, "RequestType": {kind}, "DataSign": {kdniaoSign(raw, "key12345")}, "DataType": {"2"}}.Encode())
}

func birdForm(t *testing.T, s *Server, path, form string) map[string]any {
	t.Helper()
	resp := must(http.Post(s.URL()+path, "application/x-www-form-urlencoded;charset=utf-8", strings.NewReader(form)))(t)
	defer resp.Body.Close()
	out := map[string]any{}
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestKdniaoSignature: the golden value, made elsewhere, is base64 of the 32 letters of hex, not of the 16 bytes.
func TestKdniaoSignature(t *testing.T) {
	const data, key = `{"OrderCode":"","ShipperCode":"SF","LogisticCode":"118650888018"}`, "56da2cf8-c8a2-44b2-b6fa-476cd7d1ba17"
	if got := kdniaoSign(data, key); got != "N2NlZjJiOWIzNjc3ZmY0MGQ1NThjNjBmNjZhOGIzODQ=" {
		t.Fatalf("DataSign is %s", got)
	}
}

// TestBothDialectsTellOfOneParcel: the same number has the same tracks at 快递100 and 快递鸟.
func TestBothDialectsTellOfOneParcel(t *testing.T) {
	s, c := newCarrier(t, &Server{}, 0)
	ask := map[string]any{"ShipperCode": "YD", "LogisticCode": yunda.Num, "OrderCode": "N1"}
	if out := bird(t, s, birdQuery, "1002", ask); out["Success"] != true || out["State"] != "0" || out["Reason"] != "暂无轨迹信息" {
		t.Fatalf("before it is collected %v", out)
	}
	for range 4 {
		s.Clock.Advance(18 * time.Hour)
		r := must(c.Query(t.Context(), kuaidi100.Query{Com: yunda.Com, Num: yunda.Num}))(t)
		out := bird(t, s, birdDist, "8001", ask)
		traces := out["Traces"].([]any)
		if len(traces) != len(r.Tracks) || out["OrderCode"] != "N1" || out["EBusinessID"] != "SHUKE0001" {
			t.Fatalf("%d traces for %d tracks: %v", len(traces), len(r.Tracks), out)
		}
		for i, x := range traces {
			trace, track := x.(map[string]any), r.Tracks[len(r.Tracks)-1-i]
			if trace["AcceptStation"] != track.Context || trace["AcceptTime"] != track.Time.In(shanghai).Format(time.DateTime) || trace["Action"] == "" {
				t.Fatalf("%v is not %+v", trace, track)
			}
		}
	}
	last := bird(t, s, birdQuery, "1002", ask)
	if last["State"] != "3" || last["StateEx"] != nil || last["Traces"].([]any)[0].(map[string]any)["Remark"] != "" {
		t.Errorf("in the end %v", last)
	}
}

func TestKdniaoRefuses(t *testing.T) {
	s, _ := newCarrier(t, &Server{}, 600)
	good := `{"ShipperCode":"YD","LogisticCode":"431234567890123"}`
	form := func(change url.Values) string {
		v := url.Values{"RequestData": {good}, "EBusinessID": {"SHUKE0001"}, "RequestType": {"1002"}, "DataSign": {kdniaoSign(good, "key12345")}}
		for name, value := range change {
			v[name] = value
		}
		return v.Encode()
	}
	for name, tc := range map[string]struct{ form, code, why string }{
		"no form":       {"%zz", "101", "is wanted"},
		"empty":         {"", "101", "is wanted"},
		"nobody":        {form(url.Values{"EBusinessID": {"NOBODY"}}), "104", "no customer"},
		"no sign":       {form(url.Values{"DataSign": {""}}), "102", "DataSign"},
		"other key":     {form(url.Values{"DataSign": {kdniaoSign(good, "x")}}), "102", "hex(md5"},
		"bytes, no hex": {form(url.Values{"DataSign": {base64.StdEncoding.EncodeToString([]byte("0123456789abcdef"))}}), "102", "16 bytes"},
		"changed":       {form(url.Values{"RequestData": {good + " "}}), "102", "DataSign"},
		"unknown type":  {form(url.Values{"RequestType": {"9999"}}), "103", "not offered"},
		"no JSON":       {form(url.Values{"RequestData": {"{"}, "DataSign": {kdniaoSign("{", "key12345")}}), "103", "JSON"},
		"no carrier":    {form(url.Values{"RequestData": {`{"ShipperCode":"X"}`}, "DataSign": {kdniaoSign(`{"ShipperCode":"X"}`, "key12345")}}), "101", "unknown"},
	} {
		out := birdForm(t, s, birdQuery, tc.form)
		entries, _ := s.inspect.search(query{kind: "carrier", limit: 1})
		if out["Success"] != false || out["ResultCode"] != tc.code || !strings.Contains(entries[0].Reason, tc.why) || strings.Contains(entries[0].signString, "key12345") {
			t.Errorf("%s: %v, %s", name, out, entries[0].Reason)
		}
	}
	for name, ask := range map[string]map[string]any{
		"SF without a phone":       {"ShipperCode": "SF", "LogisticCode": "SF1234567890123"},
		"SF with half a phone":     {"ShipperCode": "SF", "LogisticCode": "SF1234567890123", "CustomerName": "12"},
		"a number with a space":    {"ShipperCode": "YD", "LogisticCode": "43123 4567890123"},
		"a number that is Chinese": {"ShipperCode": "YD", "LogisticCode": "单号"},
	} {
		if out := bird(t, s, birdQuery, "1002", ask); out["Success"] != false || out["Reason"] == "" {
			t.Errorf("%s: %v", name, out)
		}
	}
	if out := bird(t, s, birdQuery, "1002", map[string]any{"ShipperCode": "SF", "LogisticCode": "SF1234567890123", "CustomerName": "8000"}); out["Success"] != true {
		t.Errorf("SF with a phone: %v", out)
	}
	if out := bird(t, s, birdQuery, "1002", map[string]any{"ShipperCode": "SF", "LogisticCode": "SF1234567890123", "CustomerName": "8001"}); out["Success"] != false {
		t.Errorf("SF with another phone: %v", out)
	}
	double := url.Values{"RequestData": {url.QueryEscape(good)}, "EBusinessID": {"SHUKE0001"}, "RequestType": {"1002"}, "DataSign": {url.QueryEscape(kdniaoSign(good, "key12345"))}}
	if out := birdForm(t, s, birdQuery, double.Encode()); out["Success"] != true {
		t.Errorf("encoded twice: %v", out)
	}
}

// birdListener is a developer's address for the pushes of 快递鸟.
type birdListener struct {
	mu     sync.Mutex
	t      *testing.T
	pushes []map[string]any
	kinds  []string
	refuse int
}

func (l *birdListener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	data := r.PostFormValue("RequestData")
	if r.PostFormValue("DataSign") != kdniaoSign(data, "key12345") {
		l.t.Errorf("a push is signed %q", r.PostFormValue("DataSign"))
	}
	out := map[string]any{}
	if err := json.Unmarshal([]byte(data), &out); err != nil {
		l.t.Error(err)
	}
	l.pushes, l.kinds = append(l.pushes, out["Data"].([]any)[0].(map[string]any)), append(l.kinds, r.PostFormValue("RequestType"))
	if l.refuse > 0 {
		l.refuse--
		io.WriteString(w, `{"EBusinessID":"SHUKE0001","UpdateTime":"","Success":false,"Reason":"later"}`)
		return
	}
	io.WriteString(w, `{"EBusinessID":"SHUKE0001","UpdateTime":"2026-11-11 12:00:00","Success":true,"Reason":""}`)
}

func (l *birdListener) count() int { l.mu.Lock(); defer l.mu.Unlock(); return len(l.pushes) }

func TestKdniaoPushes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "world")
	s, _ := newCarrier(t, &Server{DataFile: file}, 0)
	ask := map[string]any{"ShipperCode": "YD", "LogisticCode": "431234567890123", "Callback": "order-7"}
	if out := bird(t, s, birdDist, "1008", ask); out["Success"] != false {
		t.Fatalf("without an address: %v", out)
	}
	l := &birdListener{t: t, refuse: 2}
	srv := httptest.NewServer(l)
	defer srv.Close()
	if _, err := s.AddCarrierCustomer(CarrierCustomer{Customer: "SHUKE0001", PushURL: "ftp://x"}); err == nil {
		t.Error("an address that is none passes")
	}
	must(s.AddCarrierCustomer(CarrierCustomer{Customer: "SHUKE0001", PushURL: srv.URL + "/bird"}))(t)
	if out := bird(t, s, birdDist, "8008", map[string]any{"ShipperCode": "SF", "LogisticCode": "SF1234567890123"}); out["Success"] != false {
		t.Errorf("SF without a phone: %v", out)
	}
	if out := bird(t, s, birdDist, "8008", ask); out["Success"] != true || out["UpdateTime"] == "" {
		t.Fatalf("subscribe: %v", out)
	}
	if out := bird(t, s, birdDist, "8008", ask); out["Success"] != true {
		t.Errorf("once more: %v", out)
	}
	s.Clock.Advance(2 * time.Hour)
	if l.count() < 2 { // collected after an hour, refused at once and 35 minutes later
		t.Fatalf("%d pushes", l.count())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = start(t, &Server{DataFile: file})
	s.Clock.Advance(90 * time.Hour)
	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.pushes[len(l.pushes)-1]
	if last["State"] != "3" || last["CallBack"] != "order-7" || l.kinds[0] != "102" || last["LogisticCode"] != ask["LogisticCode"] {
		t.Errorf("the last push is %v", last)
	}
	for i := 1; i < len(l.pushes); i++ {
		if a, b := len(l.pushes[i-1]["Traces"].([]any)), len(l.pushes[i]["Traces"].([]any)); b != a+1 && b != a {
			t.Errorf("push %d has %d traces after %d", i, b, a)
		}
	}
}

func TestKdniaoRecognisesAndAutoNumber(t *testing.T) {
	s, _ := newCarrier(t, &Server{}, 600)
	for num, want := range map[string]string{
		"SF1234567890123": "SF",
		"YT1234567890123": "YTO",
		"JT1234567890123": "JTSD",
		"78123456789012":  "ZTO",
		"771234567890123": "STO",
		"431234567890123": "YD",
		"JDVA12345678901": "JD",
		"EA123456789CN":   "EMS",
		"9912345678901":   "YZPY",
		"DPK123456789012": "DBL",
		"61012345678901":  "DNWL",
	} {
		out := bird(t, s, birdQuery, "2002", map[string]any{"LogisticCode": strings.ToLower(num)})
		shippers, _ := out["Shippers"].([]any)
		if len(shippers) == 0 || shippers[0].(map[string]any)["ShipperCode"] != want {
			t.Errorf("%s is recognised as %v", num, out)
			continue
		}
		code, _ := carrierByKdniao(want)
		resp := must(http.Get(s.URL() + "/autonumber/auto?key=key12345&num=" + num))(t)
		var list []struct{ ComCode string }
		if err := json.NewDecoder(resp.Body).Decode(&list); err != nil || len(list) == 0 || list[0].ComCode != code.com {
			t.Errorf("%s at 快递100: %v %v", num, list, err)
		}
		resp.Body.Close()
	}
	if out := bird(t, s, birdQuery, "2002", map[string]any{"LogisticCode": "abc"}); out["Success"] != false {
		t.Errorf("nonsense is recognised: %v", out)
	}
	for query, code := range map[string]string{"num=78123456789012": "601", "key=nobody&num=78123456789012": "601", "key=key12345&num=%20": "400"} {
		resp := must(http.Get(s.URL() + "/autonumber/auto?" + query))(t)
		var a carrierAnswer
		if err := json.NewDecoder(resp.Body).Decode(&a); err != nil || a.ReturnCode != code {
			t.Errorf("%s gives %+v", query, a)
		}
		resp.Body.Close()
	}
}

// TestNumbersMadeAreRecognised: each carrier's own form fits the number we would print for it.
func TestNumbersMadeAreRecognised(t *testing.T) {
	s := start(t, &Server{})
	for _, c := range carrierCodes {
		for range 20 {
			num := s.newNumber(c)
			if !c.form.MatchString(num) || !parcelForm.MatchString(num) {
				t.Fatalf("%s is no number of %s", num, c.com)
			}
			if found := recognise(num); len(found) == 0 || found[0].com != c.com {
				t.Fatalf("%s of %s is taken for %v", num, c.com, found)
			}
		}
		if carrierFirms[c.com].name == "" {
			t.Errorf("%s has no name", c.com)
		}
	}
	for _, d := range miniDeliveries {
		if c, ok := carrierByCom(d.Com); !ok || c.kdniao != d.Kdniao {
			t.Errorf("%s of WeChat's is not %s", d.ID, d.Com)
		}
	}
}

func TestKdniaoWaybills(t *testing.T) {
	s, c := newCarrier(t, &Server{}, 0)
	end := func(name, province, city string) map[string]any {
		return map[string]any{"Name": name, "Mobile": "13800138000", "ProvinceName": province, "CityName": city, "ExpAreaName": "", "Address": "某路 1 号"}
	}
	ask := func(change map[string]any) map[string]any {
		body := map[string]any{"OrderCode": "N1", "ShipperCode": "ZTO", "PayType": 1, "ExpType": "1", "Sender": end("店家", "浙江省", "杭州市"), "Receiver": end("林小满", "广东省", "深圳市"), "Commodity": []any{map[string]any{"GoodsName": "龙井"}}, "IsReturnPrintTemplate": "1"}
		for name, value := range change {
			body[name] = value
		}
		return bird(t, s, birdOrder, "1007", body)
	}
	for name, change := range map[string]map[string]any{
		"no order":    {"OrderCode": ""},
		"no pay type": {"PayType": ""},
		"no receiver": {"Receiver": map[string]any{"Name": "林小满"}},
		"no goods":    {"Commodity": []any{}},
		"no carrier":  {"ShipperCode": "XX"},
	} {
		if out := ask(change); out["Success"] != false || out["ResultCode"] != "101" {
			t.Errorf("%s: %v", name, out)
		}
	}
	out := ask(nil)
	order := out["Order"].(map[string]any)
	number := order["LogisticCode"].(string)
	if out["Success"] != true || out["ResultCode"] != "100" || order["MarkDestination"] != "深圳" || !strings.Contains(out["PrintTemplate"].(string), number) {
		t.Fatalf("waybill %v", out)
	}
	if again := ask(nil); again["ResultCode"] != "106" || again["Order"].(map[string]any)["LogisticCode"] != number {
		t.Errorf("the same order again: %v", again)
	}
	cancel := func(code, number string) map[string]any {
		return bird(t, s, birdOrder, "1147", map[string]any{"ShipperCode": "ZTO", "OrderCode": code, "ExpNo": number})
	}
	if out := cancel("none", ""); out["Success"] != false {
		t.Errorf("an order that is none is cancelled: %v", out)
	}
	if out := cancel("N1", number); out["Success"] != true || out["ResultCode"] != "100" {
		t.Fatalf("cancel: %v", out)
	}
	if out := cancel("N1", number); out["Success"] != false {
		t.Errorf("cancelled twice: %v", out)
	}
	fresh := ask(nil)["Order"].(map[string]any)["LogisticCode"].(string)
	if fresh == number {
		t.Error("a cancelled number is given again")
	}
	s.Clock.Advance(90 * time.Minute)
	if out := cancel("N1", fresh); out["Success"] != false {
		t.Errorf("cancelled after it was collected: %v", out)
	}
	if r := must(c.Query(t.Context(), kuaidi100.Query{Com: "zhongtong", Num: fresh}))(t); len(r.Tracks) == 0 || !strings.Contains(r.Tracks[0].Context, "杭州") {
		t.Errorf("the parcel of a waybill: %+v", r)
	}
}

func TestCarrierResultVersions(t *testing.T) {
	p := plan("jd", "JDVA12345678901", "浙江省杭州市", "北京市朝阳区", noon, time.Hour)
	for version, want := range map[string]struct{ area, fine, route, arrival bool }{"0": {}, "": {}, "1": {area: true}, "2": {area: true}, "4": {true, true, true, false}, "6": {true, true, true, true}} {
		r := p.wire(4, version, false)
		got := struct{ area, fine, route, arrival bool }{r.Data[0].AreaName != nil, r.Data[0].StatusCode != "", r.Route != nil, r.Arrival != ""}
		if got != want {
			t.Errorf("resultv2 %q gives %+v, want %+v", version, got, want)
		}
		if want.route && (r.Route.From.Name != "浙江,杭州市,"+strings.Split(r.Route.From.Name, ",")[2] || !strings.HasPrefix(r.Route.To.Name, "北京")) {
			t.Errorf("route %+v %+v", r.Route.From, r.Route.To)
		}
	}
}

func TestForcedPushes(t *testing.T) {
	s, c := newCarrier(t, &Server{}, 0)
	l, sub := listen(t)
	if err := c.Subscribe(t.Context(), sub); err != nil {
		t.Fatal(err)
	}
	push := func(status string) int {
		resp := must(http.Post(s.URL()+"/_sim/carriers/push", "application/json", strings.NewReader(`{"customer":"SHUKE0001","com":"yunda","num":"431234567890123","status":"`+status+`"}`)))(t)
		resp.Body.Close()
		return resp.StatusCode
	}
	if push("dance") != 400 || push("updateall") != 200 || push("abort") != 200 {
		t.Error("a forced push is answered otherwise")
	}
	got := l.all()
	if len(got) != 2 || string(got[0].Status) != "updateall" || got[1].Status != kuaidi100.Abort || got[1].Message != "60天无变化时" {
		t.Errorf("pushes %+v", got)
	}
	s.Clock.Advance(90 * time.Hour)
	if len(l.all()) != 2 {
		t.Error("pushes go on after abort")
	}
}

func FuzzKdniaoForm(f *testing.F) {
	f.Add("RequestData=%7B%7D&EBusinessID=1&RequestType=1002&DataSign=x")
	f.Add("RequestData=%257B%2522a%2522%253A1%257D&DataSign=%253D")
	f.Fuzz(func(t *testing.T, body string) {
		form, err := parseKdniao(body)
		if err != nil {
			return
		}
		var in kdniaoParam
		if json.Unmarshal([]byte(form.data), &in) == nil {
			recognise(strings.ToUpper(in.LogisticCode))
			_, _ = carrierByKdniao(in.ShipperCode)
		}
	})
}
