package sim

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func TestPeopleTalkAndShare(t *testing.T) {
	g := newRig(t, &Server{})
	page := g.dev.URL + "/goods/1?sku=2#/x"
	g.post("/_sim/people/lin/chats/per-zhou/messages", map[string]any{"text": "看看这个"})
	g.post("/_sim/people/lin/chats/per-zhou/share", map[string]any{"title": "龙井", "url": g.open("lin", page), "pic_url": "http://127.0.0.1/a.png"})
	home := g.get("/_sim/people/zhou/home")
	chat := home["chats"].([]any)[0].(map[string]any)
	if home["unread"] != 2.0 || chat["id"] != "per-lin" || chat["title"] != "林小满" || chat["last"].(map[string]any)["text"] != "[链接] 龙井" {
		t.Fatalf("zhou's home: %v", home)
	}
	messages := g.get("/_sim/people/zhou/chats/per-lin/messages")["messages"].([]any)
	if card := messages[1].(map[string]any); card["url"] != g.dev.URL+"/goods/1?sku=2&from=singlemessage&isappinstalled=0#/x" || card["mine"] != false {
		t.Fatalf("the card: %v", card)
	}
	g.post("/_sim/people/zhou/chats/per-lin/settings", map[string]any{"muted": true, "pinned": true})
	if home := g.get("/_sim/people/zhou/home"); home["unread"] != 0.0 {
		t.Fatalf("a muted chat counts: %v", home)
	}
	g.post("/_sim/people/zhou/chats/per-lin/read", map[string]any{})
	for path, body := range map[string]any{
		"/_sim/people/lin/chats/per-lin/messages":    map[string]any{"text": "自己"},
		"/_sim/people/lin/chats/per-nobody/messages": map[string]any{"text": "x"},
		"/_sim/people/lin/chats/acc-wx0001/messages": map[string]any{"text": "没有关注"},
		"/_sim/people/lin/chats/per-zhou/messages":   map[string]any{"text": "  "},
		"/_sim/people/lin/chats/svc-pay/messages":    map[string]any{"text": "x"},
		"/_sim/people/no/chats/per-zhou/messages":    map[string]any{"text": "x"},
		"/_sim/people/lin/addresses":                 map[string]any{"name": "x"},
		"/_sim/people/lin/wallet/top-up":             map[string]any{"amount": -1},
		"/_sim/people/lin/location":                  map[string]any{"latitude": 100, "longitude": 0},
		"/_sim/clock":                                map[string]any{"advance": "yesterday"},
		"/_sim/merchants":                            map[string]any{"mchid": "1", "name": "x"},
		"/_sim/accounts":                             map[string]any{"name": "x", "mode": "secret"},
		"/_sim/people":                               map[string]any{"name": "x", "shoe": 44},
	} {
		if status, out := g.call("POST", path, body); status < 400 || status > 499 || out["code"] == nil || out["message"] == nil {
			t.Errorf("%s %v: %d %v", path, body, status, out)
		}
	}
}

func TestMessagePages(t *testing.T) {
	g := newRig(t, &Server{})
	for i := range 75 {
		g.post("/_sim/people/lin/chats/per-zhou/messages", map[string]any{"text": itoa(int64(i))})
	}
	var texts []string
	path := "/_sim/people/lin/chats/per-zhou/messages"
	query := "?limit=30"
	for range 3 {
		page := g.get(path + query)
		list := page["messages"].([]any)
		for i := len(list) - 1; i >= 0; i-- {
			texts = append(texts, list[i].(map[string]any)["text"].(string))
		}
		first := list[0].(map[string]any)["seq"].(float64)
		query = "?limit=30&before=" + itoa(int64(first))
	}
	if len(texts) != 75 || texts[0] != "74" || texts[74] != "0" {
		t.Fatalf("pages give %v", texts)
	}
	if page := g.get(path + "?after=70"); len(page["messages"].([]any)) != 5 {
		t.Fatalf("after 70: %v", page)
	}
}

func TestLiveEvents(t *testing.T) {
	g := newRig(t, &Server{})
	resp := must(http.Get(g.s.URL() + "/_sim/people/zhou/events"))(t)
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	next := func() (string, map[string]any) {
		t.Helper()
		name := ""
		for lines.Scan() {
			if text, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				name = text
			} else if text, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				data := map[string]any{}
				if err := json.Unmarshal([]byte(text), &data); err != nil {
					t.Fatal(err)
				}
				return name, data
			}
		}
		t.Fatal("the stream ended")
		return "", nil
	}
	if name, _ := next(); name != "hello" {
		t.Fatalf("first event %s", name)
	}
	g.post("/_sim/people/lin/chats/per-zhou/messages", map[string]any{"text": "在吗"})
	if name, data := next(); name != "message" || data["unread"] != 1.0 || data["message"].(map[string]any)["text"] != "在吗" {
		t.Fatalf("%s %v", name, data)
	}
	g.post("/_sim/people/zhou/wallet/top-up", map[string]any{"amount": 100})
	if name, data := next(); name != "payment" || data["balance"] != 600.0 {
		t.Fatalf("%s %v", name, data)
	}
	g.post("/_sim/codes", map[string]any{"title": "收银台", "text": g.dev.URL + "/pay"})
	if name, _ := next(); name != "codes" {
		t.Fatalf("%s", name)
	}
	g.post("/_sim/clock", map[string]any{"freeze": true})
	if name, data := next(); name != "clock" || data["mode"] != "frozen" {
		t.Fatalf("%s %v", name, data)
	}
}

func TestScannerReadsEveryKind(t *testing.T) {
	g := newRig(t, &Server{})
	g.post("/_sim/codes", map[string]any{"title": "橱窗", "text": g.dev.URL + "/goods/1"})
	body := strings.Replace(g.orderJSON("order-0001", 300, "lin"), `,"payer":{"openid":"`+g.openID("lin")+`"}`, "", 1)
	_, out := g.raw(g.shop, "POST", "/v3/pay/transactions/native", body, nil)
	kinds := map[string]string{}
	for _, item := range g.get("/_sim/people/zhou/codes")["codes"].([]any) {
		code := item.(map[string]any)
		scan := g.post("/_sim/people/zhou/scan", map[string]any{"code_id": code["id"]})
		kinds[code["kind"].(string)] = scan["kind"].(string)
	}
	if kinds["account"] != "account" || kinds["link"] != "url" || kinds["pay"] != "pay" {
		t.Fatalf("%v", kinds)
	}
	scan := g.post("/_sim/people/zhou/scan", map[string]any{"text": out["code_url"]})
	g.post("/_sim/people/zhou/pay/"+scan["pay_id"].(string)+"/confirm", map[string]any{"password": "123456"})
	if scan := g.post("/_sim/people/lin/scan", map[string]any{"text": "6901234567892"}); scan["kind"] != "text" {
		t.Fatalf("a bar code: %v", scan)
	}
	if status, out := g.call("POST", "/_sim/people/lin/scan", map[string]any{"text": "https://example.com/"}); status != 403 || out["code"] != "webview.private" {
		t.Fatalf("a page elsewhere: %d %v", status, out)
	}
}

func TestAddressesContactsAndPictures(t *testing.T) {
	g := newRig(t, &Server{})
	address := map[string]any{"name": "林小满", "phone": "13800138000", "province": "浙江省", "city": "杭州市", "district": "西湖区", "detail": "文三路 1 号"}
	saved := g.post("/_sim/people/lin/addresses", address)
	saved["detail"] = "文三路 2 号"
	g.post("/_sim/people/lin/addresses", saved)
	if list := g.get("/_sim/people/lin/addresses")["addresses"].([]any); len(list) != 1 || list[0].(map[string]any)["detail"] != "文三路 2 号" {
		t.Fatalf("%v", list)
	}
	if status, _ := g.call("DELETE", "/_sim/people/lin/addresses/"+saved["id"].(string), nil); status != 204 {
		t.Fatalf("delete: %d", status)
	}
	g.follow("lin")
	contacts := g.get("/_sim/people/lin/contacts")
	if len(contacts["people"].([]any)) != 1 || len(contacts["accounts"].([]any)) != 1 {
		t.Fatalf("%v", contacts)
	}
	if found := g.get("/_sim/people/zhou/search?q=熟客")["accounts"].([]any); len(found) != 1 || found[0].(map[string]any)["followed"] != false {
		t.Fatalf("%v", found)
	}
	for _, path := range []string{"/_sim/avatars/person/lin.svg", "/_sim/avatars/account/wx0001.svg", "/_sim/avatars/service/pay.svg"} {
		resp := must(http.Get(g.s.URL() + path))(t)
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.Header.Get("Content-Type") != "image/svg+xml; charset=utf-8" || !strings.HasSuffix(string(body), "</svg>") {
			t.Errorf("%s: %s", path, body)
		}
	}
	if resp := must(http.Get(g.s.URL() + "/_sim/picture?url=http://192.168.1.1/a.png"))(t); resp.StatusCode != 403 {
		t.Errorf("a picture from elsewhere: %d", resp.StatusCode)
	}
}

func TestPhonePageAndWorld(t *testing.T) {
	g := newRig(t, &Server{PhoneFS: fstest.MapFS{"index.html": {Data: []byte("<title>phone")}, "assets/a.js": {Data: []byte("1")}}})
	for path, want := range map[string]string{"/": "<title>phone", "/chats/lin": "<title>phone", "/assets/a.js": "1", "/assets/b.js": "404 page not found\n"} {
		resp := must(http.Get(g.s.URL() + path))(t)
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if string(body) != want {
			t.Errorf("%s gives %q", path, body)
		}
	}
	world := g.get("/_sim/world")
	if world["origin"] != g.s.URL() || world["counts"].(map[string]any)["people"] != 2.0 {
		t.Fatalf("%v", world)
	}
	g.post("/_sim/clock", map[string]any{"set": "2030-01-01T00:00:00+08:00"})
	if now := g.get("/_sim/clock")["now"].(string); !strings.HasPrefix(now, "2030-01-01T00:00:0") {
		t.Fatalf("the clock says %s", now)
	}
}

func TestInspectorKeepsTheLast(t *testing.T) {
	g := newRig(t, &Server{})
	g.prepay("order-find-me", 100, "lin")
	entries := g.get("/_sim/log?q=find-me&kind=pay")["entries"].([]any)
	if len(entries) != 1 {
		t.Fatalf("%v", entries)
	}
	seq := itoa(int64(entries[0].(map[string]any)["seq"].(float64)))
	entry := g.get("/_sim/log/" + seq)
	request := entry["request"].(map[string]any)
	if !strings.Contains(request["body"].(string), "order-find-me") || !strings.HasPrefix(entry["sign_string"].(string), "POST\n/v3/pay/transactions/jsapi\n") || entry["verdict"] != "ok" {
		t.Fatalf("%v", entry)
	}
	for range keptEntries {
		g.s.note(&entry0)
	}
	if status, _ := g.call("GET", "/_sim/log/"+seq, nil); status != 404 {
		t.Fatalf("an entry older than the last %d is still there: %d", keptEntries, status)
	}
	if found := g.get("/_sim/log?q=find-me")["entries"].([]any); len(found) != 0 {
		t.Fatalf("%v", found)
	}
}

var entry0 = entry{Kind: "page", Time: time.Unix(0, 0)}

func TestCreatingTwiceChangesNothing(t *testing.T) {
	g := newRig(t, &Server{})
	first := g.post("/_sim/merchants", map[string]any{"mchid": "1900000009", "name": "新店", "appids": []string{"wx0001"}})
	again := g.post("/_sim/merchants", map[string]any{"mchid": "1900000009", "name": "新店"})
	if first["private_key"] == "" || first["private_key"] != again["private_key"] || first["apiv3_key"] != again["apiv3_key"] || first["public_key_id"] == nil || first["serial_no"] != again["serial_no"] {
		t.Fatalf("%v\n%v", first, again)
	}
	account := g.post("/_sim/accounts", map[string]any{"appid": "wx0001", "callback_url": "http://127.0.0.1:1/new"})
	if account["secret"] != g.app.Secret || account["name"] != "熟客市集" || account["callback_url"] != "http://127.0.0.1:1/new" {
		t.Fatalf("%v", account)
	}
	person := g.post("/_sim/people", map[string]any{"id": "lin", "name": "别人"})
	if person["name"] != "林小满" || g.get("/_sim/people/lin")["balance"] != 100000.0 {
		t.Fatalf("%v", person)
	}
}
