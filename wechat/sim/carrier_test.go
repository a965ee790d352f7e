package sim

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/shuke-commerce/shuke/wechat/kuaidi100"
)

var noon = time.Date(2026, 11, 11, 12, 0, 0, 0, shanghai)

// newCarrier starts a simulator that stands still at noon, with a customer and a client of it.
func newCarrier(t *testing.T, s *Server, seconds int64) (*Server, *kuaidi100.Client) {
	t.Helper()
	start(t, s)
	s.Clock.Freeze()
	s.Clock.Set(noon)
	customer := must(s.AddCarrierCustomer(CarrierCustomer{Customer: "SHUKE0001", Key: "key12345", JourneySeconds: seconds}))(t)
	return s, must(kuaidi100.New(kuaidi100.Config{Customer: customer.Customer, Key: customer.Key, BaseURL: s.URL()}))(t)
}

var yunda = kuaidi100.Query{Com: "yunda", Num: "431234567890123", To: "广东省深圳市南山区科技园路 1 号", From: "浙江省杭州市西湖区"}

func TestAParcelTravels(t *testing.T) {
	s, c := newCarrier(t, &Server{}, 0)
	ctx := context.Background()
	if _, err := c.Query(ctx, yunda); !errors.Is(err, kuaidi100.ErrNoResult) {
		t.Fatalf("before it is collected: %v", err)
	}
	seen, states := 0, map[kuaidi100.State]bool{}
	var r kuaidi100.Result
	s.Clock.Advance(90 * time.Minute) // the courier has come
	for range 30 * 3 {
		s.Clock.Advance(time.Hour)
		var err error
		if r, err = c.Query(ctx, yunda); err != nil {
			t.Fatal(err)
		}
		if len(r.Tracks) < seen {
			t.Fatal("a parcel forgets")
		}
		seen = len(r.Tracks)
		states[r.State.Basic()] = true
	}
	if !r.Delivered() || !r.Checked || !states[kuaidi100.Moving] || r.Skipped > 0 {
		t.Fatalf("after 90 hours %+v, states %v", r, states)
	}
	took := r.Tracks[0].Time.Sub(noon)
	if h := r.Tracks[0].Time.Hour(); took < 36*time.Hour || took > 80*time.Hour || h < 8 || h > 22 {
		t.Errorf("delivered after %v at %v", took, r.Tracks[0].Time)
	}
	first, last := r.Tracks[len(r.Tracks)-1], r.Tracks[0]
	if first.State != "103" || !strings.Contains(first.Context, "杭州西湖网点") || last.State.Basic() != kuaidi100.Signed || !strings.Contains(last.Context, "深圳") || last.AreaName != "广东,深圳市,南山区" || last.AreaCode != "CN440300000000" {
		t.Errorf("first %+v\nlast %+v", first, last)
	}
}

func TestCarrierRefuses(t *testing.T) {
	s, c := newCarrier(t, &Server{}, 600)
	ctx := context.Background()
	liar := must(kuaidi100.New(kuaidi100.Config{Customer: "SHUKE0001", Key: "wrong", BaseURL: s.URL()}))(t)
	nobody := must(kuaidi100.New(kuaidi100.Config{Customer: "NOBODY", Key: "key12345", BaseURL: s.URL()}))(t)
	for i, x := range []struct {
		client *kuaidi100.Client
		q      kuaidi100.Query
		want   error
	}{
		{liar, yunda, kuaidi100.ErrSignature}, {nobody, yunda, kuaidi100.ErrSignature},
		{c, kuaidi100.Query{Com: "nofirm", Num: "431234567890123"}, kuaidi100.ErrCompany},
		{c, kuaidi100.Query{Com: "yunda"}, kuaidi100.ErrCompany},
		{c, kuaidi100.Query{Com: "yunda", Num: "单号431234567"}, kuaidi100.ErrCompany},
		{c, kuaidi100.Query{Com: "yunda", Num: "SF1234567890123"}, kuaidi100.ErrNoResult},
		{c, kuaidi100.Query{Com: "yunda", Num: "0000000000000"}, kuaidi100.ErrNoResult},
		{c, kuaidi100.Query{Com: "shunfeng", Num: "SF1234567890123"}, kuaidi100.ErrPhone},
		{c, kuaidi100.Query{Com: "shunfeng", Num: "SF1234567890123", Phone: "13800138000"}, kuaidi100.ErrNoResult},
		{c, kuaidi100.Query{Com: "shunfeng", Num: "SF1234567890123", Phone: "8001"}, kuaidi100.ErrPhone},
	} {
		if _, err := x.client.Query(ctx, x.q); !errors.Is(err, x.want) {
			t.Errorf("%d: %+v gives %v, want %v", i, x.q, err, x.want)
		}
	}
	entries, _ := s.inspect.search(query{text: "", kind: "carrier", limit: 100})
	if len(entries) != 10 || entries[9].Verdict != "refused" || !strings.Contains(entries[9].Reason, "MD5(param+key+customer)") || strings.Contains(entries[9].signString, "key12345") {
		t.Errorf("the inspector has %d entries, first %+v", len(entries), entries[len(entries)-1])
	}
	for body, want := range map[string]string{"": "400", "param=1&customer=x&sign=y": "503", "param=%zz": "400"} {
		if got := rawQuery(t, s, body); got != want {
			t.Errorf("body %q gives %s, want %s", body, got, want)
		}
	}
	must(s.Faults.Add(Fault{Target: "call", Path: "/poll", Kind: "system_error"}))(t)
	if _, err := c.Query(ctx, yunda); !errors.Is(err, kuaidi100.ErrServer) {
		t.Errorf("a fault gives %v", err)
	}
}

func rawQuery(t *testing.T, s *Server, body string) string {
	t.Helper()
	resp, err := http.Post(s.URL()+"/poll/query.do", "application/x-www-form-urlencoded", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var a carrierAnswer
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
		t.Fatal(err)
	}
	return a.ReturnCode
}

// TestResultV2AndOrder holds what is left out without resultv2, and that asc turns the list around.
func TestResultV2AndOrder(t *testing.T) {
	p := plan("jd", "JDVA12345678901", "", "北京市朝阳区", noon, time.Hour)
	plain, fine := p.wire(4, "", true), p.wire(4, "4", false)
	if plain.Data[0].Status != "" || plain.Data[0].AreaCode != nil || plain.State != "0" || fine.State != "1002" || fine.Data[0].StatusCode != "1002" || fine.Data[0].Status != "干线" {
		t.Errorf("plain %+v\nfine %+v", plain, fine)
	}
	for i := range 4 {
		if plain.Data[i].Context != fine.Data[3-i].Context {
			t.Error("asc is not desc turned around")
		}
	}
}

// TestJourneysArePlausible holds for every carrier, number and pace: the plan is the same again, steps go forward in time, no
// placeholder is left, and the end is a signature within the span.
func TestJourneysArePlausible(t *testing.T) {
	codes := make([]string, 0, len(carrierFirms))
	for code, f := range carrierFirms {
		codes = append(codes, code)
		if carrierStyles[f.style].hub == "" || f.name == "" {
			t.Errorf("%s is incomplete", code)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		com := rapid.SampledFrom(codes).Draw(t, "com")
		num := rapid.StringMatching(`[0-9]{8,15}`).Draw(t, "num")
		to := rapid.SampledFrom([]string{"", "北京市朝阳区", "新疆维吾尔自治区乌鲁木齐市天山区", "海南省琼中黎族苗族自治县", "somewhere", "广东省东莞市虎门镇"}).Draw(t, "to")
		span := rapid.SampledFrom([]time.Duration{0, time.Minute, 10 * time.Minute, 72 * time.Hour}).Draw(t, "span")
		p := plan(com, num, "", to, noon, span)
		if again := plan(com, num, "", to, noon, span); must2(encode(p)) != must2(encode(again)) {
			t.Fatal("the same number travels differently")
		}
		before := noon
		for i, st := range p.Steps {
			if st.At.Before(before) || strings.ContainsAny(st.Context, "{}") || st.Status == "" || st.Area == "" || strings.Contains(st.Context, "【】") {
				t.Fatalf("step %d is %+v after %v", i, st, before)
			}
			before = st.At
		}
		last := p.Steps[len(p.Steps)-1]
		if strings.Contains(last.Context, "客服电话 ，") {
			t.Fatalf("a phone is missing in %s", last.Context)
		}
		for _, st := range p.Steps {
			if courier := courierForm.FindString(last.Context); st.Code == "5" && courier != "" && !strings.Contains(st.Context, courier) {
				t.Fatalf("%s\nis signed for with another courier\n%s", st.Context, last.Context)
			}
		}
		if last.State != stateSigned || len(p.Steps) < 9 || span > 0 && last.At.After(noon.Add(span)) {
			t.Fatalf("%d steps, last %+v", len(p.Steps), last)
		}
	})
}

var courierForm = regexp.MustCompile(`\p{Han}师傅`)

func must2(b []byte, err error) string {
	if err != nil {
		panic(err)
	}
	return string(b)
}

// listener is a developer's callback that keeps pushes and answers as told.
type listener struct {
	mu     sync.Mutex
	t      *testing.T
	pushes []kuaidi100.Push
	refuse int // this many pushes are refused
}

func (l *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p, err := kuaidi100.ParsePush(r, "salt")
	if err != nil {
		l.t.Error(err)
	}
	l.pushes = append(l.pushes, p)
	if l.refuse > 0 {
		l.refuse--
		_, _ = io.WriteString(w, kuaidi100.PushRefused)
		return
	}
	_, _ = io.WriteString(w, kuaidi100.PushAccepted)
}

func (l *listener) all() []kuaidi100.Push {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]kuaidi100.Push{}, l.pushes...)
}

func listen(t *testing.T) (*listener, kuaidi100.Subscription) {
	l := &listener{t: t}
	srv := httptest.NewServer(l)
	t.Cleanup(srv.Close)
	return l, kuaidi100.Subscription{Com: "yunda", Num: "431234567890123", CallbackURL: srv.URL + "/callback/kuaidi100", Salt: "salt"}
}

func TestSubscribersAreTold(t *testing.T) {
	s, c := newCarrier(t, &Server{}, 0)
	ctx := context.Background()
	l, sub := listen(t)
	if err := c.Subscribe(ctx, sub); err != nil {
		t.Fatal(err)
	}
	if err := c.Subscribe(ctx, sub); !errors.Is(err, kuaidi100.ErrRepeated) {
		t.Errorf("a second subscription gives %v", err)
	}
	s.Clock.Advance(90 * time.Hour)
	got := l.all()
	r, err := c.Query(ctx, kuaidi100.Query{Com: sub.Com, Num: sub.Num})
	if err != nil || len(got) != len(r.Tracks) {
		t.Fatalf("%v: %d pushes for %d tracks", err, len(got), len(r.Tracks))
	}
	for i, p := range got {
		if len(p.Last.Tracks) != i+1 || (p.Status == kuaidi100.Shutdown) != (i == len(got)-1) {
			t.Errorf("push %d is %s with %d tracks", i, p.Status, len(p.Last.Tracks))
		}
	}
	for range 3 { // the first three renewals of a month are allowed
		if err := c.Subscribe(ctx, sub); err != nil {
			t.Fatal(err)
		}
		s.Clock.Advance(time.Minute)
	}
	if err := c.Subscribe(ctx, sub); !errors.Is(err, kuaidi100.ErrRepeated) {
		t.Errorf("the fifth subscription of a month gives %v", err)
	}
	if n := len(l.all()) - len(got); n != 3 {
		t.Errorf("%d pushes after renewals, want 3", n)
	}
}

func TestSubscriptionsAreRefused(t *testing.T) {
	s, c := newCarrier(t, &Server{}, 0)
	_, good := listen(t)
	stranger := must(kuaidi100.New(kuaidi100.Config{Customer: "SHUKE0001", Key: "stranger", BaseURL: s.URL()}))(t)
	if err := stranger.Subscribe(context.Background(), good); !errors.Is(err, kuaidi100.ErrKey) {
		t.Errorf("a stranger gets %v", err)
	}
	for _, change := range []func(*kuaidi100.Subscription){
		func(x *kuaidi100.Subscription) { x.Com = "nofirm" }, func(x *kuaidi100.Subscription) { x.Num = "" }, func(x *kuaidi100.Subscription) { x.CallbackURL = "ftp://x/y" },
		func(x *kuaidi100.Subscription) { x.Com, x.Num = "shunfeng", "SF1234567890123" }, func(x *kuaidi100.Subscription) { x.Num = strings.Repeat("1", 33) },
	} {
		x := good
		change(&x)
		if err := c.Subscribe(context.Background(), x); !errors.Is(err, kuaidi100.ErrBadRequest) {
			t.Errorf("%+v gives %v", x, err)
		}
	}
}

// TestPushesAreRepeated: a refused push comes again after 35 minutes, three times; an unknown number ends with abort.
func TestPushesAreRepeated(t *testing.T) {
	s, c := newCarrier(t, &Server{}, 20*24*3600)
	l, sub := listen(t)
	l.refuse = 99
	if err := c.Subscribe(context.Background(), sub); err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(12*time.Hour + time.Minute) // a fortieth of the way: collected
	if n := len(l.all()); n != 1 {
		t.Fatalf("%d pushes", n)
	}
	for want := 2; want <= 4; want++ {
		s.Clock.Advance(carrierRetry)
		if n := len(l.all()); n != want {
			t.Fatalf("%d pushes, want %d", n, want)
		}
	}
	s.Clock.Advance(3 * time.Hour)
	if n := len(l.all()); n != 4 {
		t.Fatalf("%d pushes after the last try", n)
	}
	sub.Num = "00000000"
	l.mu.Lock()
	l.refuse, l.pushes = 0, nil
	l.mu.Unlock()
	if err := c.Subscribe(context.Background(), sub); err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(carrierGiveUp)
	aborts := 0
	for _, p := range l.all() {
		if p.Last.Num == sub.Num {
			if aborts++; p.Status != kuaidi100.Abort || p.Message != "3天查询无记录" {
				t.Errorf("push %+v", p)
			}
		}
	}
	if aborts != 1 {
		t.Errorf("%d aborts", aborts)
	}
}

// TestCarriersSurviveARestart: parcels and subscriptions go on where they were.
func TestCarriersSurviveARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "world")
	s, c := newCarrier(t, &Server{DataFile: file}, 0)
	ctx := context.Background()
	l, sub := listen(t)
	if err := c.Subscribe(ctx, sub); err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(20 * time.Hour)
	before, told := must(c.Query(ctx, kuaidi100.Query{Com: sub.Com, Num: sub.Num}))(t), len(l.all())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = start(t, &Server{DataFile: file})
	c = must(kuaidi100.New(kuaidi100.Config{Customer: "SHUKE0001", Key: "key12345", BaseURL: s.URL()}))(t)
	after := must(c.Query(ctx, kuaidi100.Query{Com: sub.Com, Num: sub.Num}))(t)
	if len(after.Tracks) != len(before.Tracks) || after.Tracks[0] != before.Tracks[0] {
		t.Fatalf("before %+v\nafter %+v", before, after)
	}
	s.Clock.Advance(70 * time.Hour)
	all := l.all()
	if end := all[len(all)-1]; told != len(before.Tracks) || end.Status != kuaidi100.Shutdown || len(all) != len(end.Last.Tracks) {
		t.Errorf("%d pushes, the last %s with %d tracks", len(all), end.Status, len(end.Last.Tracks))
	}
}

func TestCarrierCustomersOverHTTP(t *testing.T) {
	s := start(t, &Server{})
	post := func(body string) (int, CarrierCustomer) {
		resp, err := http.Post(s.URL()+"/_sim/carriers", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var c CarrierCustomer
		_ = json.NewDecoder(resp.Body).Decode(&c)
		return resp.StatusCode, c
	}
	_, made := post(`{}`)
	if len(made.Customer) != 32 || made.Key == "" {
		t.Fatalf("made %+v", made)
	}
	_, again := post(`{"customer":"` + made.Customer + `","name":"熟客","journey_seconds":600}`)
	if again.Key != made.Key || again.JourneySeconds != 600 || again.Name != "熟客" {
		t.Errorf("again %+v", again)
	}
	for _, bad := range []string{`{"customer":"x"}`, `{"customer":"OTHER","key":"` + made.Key + `"}`, `{"customer":"OTHER","journey_seconds":-1}`, `{"customer":"OTHER","journey_seconds":9999999}`, `{"who":1}`} {
		if status, _ := post(bad); status != 400 {
			t.Errorf("%s gives %d", bad, status)
		}
	}
	c := must(kuaidi100.New(kuaidi100.Config{Customer: made.Customer, Key: made.Key, BaseURL: s.URL()}))(t)
	if _, err := c.Query(context.Background(), yunda); !errors.Is(err, kuaidi100.ErrNoResult) {
		t.Fatal(err)
	}
	resp, err := http.Get(s.URL() + "/_sim/carriers")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var list struct {
		Customers []CarrierCustomer
		Parcels   []parcelView
	}
	if err := json.NewDecoder(resp.Body).Decode(&list); err != nil || len(list.Customers) != 1 || len(list.Parcels) != 1 || list.Parcels[0].To != "深圳市" || list.Parcels[0].Of < 9 {
		t.Errorf("%v: %+v", err, list)
	}
}
