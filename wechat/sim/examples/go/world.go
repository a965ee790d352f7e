package main

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/downloader"
	"github.com/wechatpay-apiv3/wechatpay-go/core/notify"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"
)

// world is a service account, a merchant and a buyer of the simulator, made over its control API.
type world struct {
	sim        string
	AppID      string `json:"appid"`
	MchID      string `json:"mchid"`
	Serial     string `json:"serial_no"`
	APIv3Key   string `json:"apiv3_key"`
	PrivateKey string `json:"private_key"`
	openID     string
	notifyURL  string
}

func newWorld() *world {
	w := &world{sim: os.Args[1]}
	w.call("POST", "/accounts", `{"appid":"wx0001","name":"我的服务号"}`, w)
	w.call("POST", "/merchants", `{"mchid":"1900000001","name":"我的小店","appids":["wx0001"]}`, w)
	w.call("POST", "/people", `{"id":"lin","name":"林小满","balance":50000}`, nil)
	var who struct{ OpenID string }
	w.call("GET", "/people/lin/openid?appid=wx0001", "", &who)
	w.openID = who.OpenID
	return w
}

// call makes a call of the control API; out may be nil.
func (w *world) call(method, path, body string, out any) {
	req := must(http.NewRequest(method, w.sim+"/_sim"+path, strings.NewReader(body)))
	req.Header.Set("Content-Type", "application/json")
	resp := must(http.DefaultClient.Do(req))
	defer resp.Body.Close()
	raw := must(io.ReadAll(resp.Body))
	if resp.StatusCode >= 300 {
		log.Fatalf("%s %s: %s %s", method, path, resp.Status, raw)
	}
	if out != nil {
		check(json.Unmarshal(raw, out))
	}
}

func (w *world) key() *rsa.PrivateKey { return must(utils.LoadPrivateKey(w.PrivateKey)) }

// listen is the merchant's notify_url: notices that the SDK has verified and decrypted.
func (w *world) listen() <-chan map[string]any {
	handler := must(notify.NewRSANotifyHandler(w.APIv3Key, verifiers.NewSHA256WithRSAVerifier(downloader.MgrInstance().GetCertificateVisitor(w.MchID))))
	notices, at := make(chan map[string]any, 10), must(net.Listen("tcp", "127.0.0.1:0"))
	w.notifyURL = "http://" + at.Addr().String() + "/notify"
	go http.Serve(at, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		content := map[string]any{}
		if _, err := handler.ParseNotifyRequest(r.Context(), r, &content); err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		notices <- content
	}))
	return notices
}

// buyerPays is the buyer with the phone in hand.
func (w *world) buyerPays(prepayID string) {
	w.call("POST", "/pay", `{"person":"lin","password":"123456","prepay_id":"`+prepayID+`"}`, nil)
}

// nextDay lets time go by until the bills of this day can be had, and gives this day.
func (w *world) nextDay() string {
	var clock struct{ Now time.Time }
	w.call("GET", "/clock", "", &clock)
	today := clock.Now.In(time.FixedZone("", 8*3600))
	w.call("POST", "/clock", `{"set":"`+today.AddDate(0, 0, 1).Format("2006-01-02")+`T11:00:00+08:00"}`, nil)
	return today.Format("2006-01-02")
}

// bill is a trade bill: rows of values that begin with a back-quote, under a line of headings, above two of summary.
type bill struct{ lines []string }

// download fetches a bill: the request is signed, the answer is not, its SHA1 was announced.
func (w *world) download(asked *core.APIResult) bill {
	var answer struct {
		Hash string `json:"hash_value"`
		URL  string `json:"download_url"`
	}
	check(json.NewDecoder(asked.Response.Body).Decode(&answer))
	client := must(core.NewClient(context.Background(), option.WithMerchantCredential(w.MchID, w.Serial, w.key()), option.WithoutValidator()))
	text := must(io.ReadAll(must(client.Get(context.Background(), answer.URL)).Response.Body))
	if sum := sha1.Sum(text); hex.EncodeToString(sum[:]) != answer.Hash {
		log.Fatal("the bill is not the one that was announced")
	}
	return bill{strings.Split(strings.TrimSpace(string(bytes.TrimPrefix(text, []byte("\ufeff")))), "\n")}
}

// sum adds up a column, in yuan.
func (b bill) sum(heading string) string {
	total, column := new(big.Rat), -1
	for i, name := range strings.Split(strings.TrimSpace(b.lines[0]), ",") {
		if name == heading {
			column = i
		}
	}
	for _, line := range b.lines[1 : len(b.lines)-2] {
		value, ok := new(big.Rat).SetString(strings.TrimPrefix(strings.Split(strings.TrimSpace(line), ",")[column], "`"))
		if !ok {
			log.Fatalf("no amount in %s", line)
		}
		total.Add(total, value)
	}
	return total.FloatString(2)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func must[T any](v T, err error) T {
	check(err)
	return v
}

func must2[A, B any](_ A, _ B, err error) { check(err) }
