package bench

import (
	"bufio"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// SimOptions say how big a world of the pocket WeChat is measured, and how long.
type SimOptions struct {
	People, Messages, Seconds int
}

// SimResult is what the pocket WeChat did as a process of its own, driven over loopback by this one on the same cores.
type SimResult struct {
	People       int     `json:"people"`
	Messages     int     `json:"messages"`
	SeedSeconds  float64 `json:"seed_seconds"`
	StartSeconds float64 `json:"start_seconds"` // with that world's data file
	FileBytes    int64   `json:"file_bytes"`
	RSSBytes     int64   `json:"rss_bytes"`      // after the calls, before the pairs
	PeakRSSBytes int64   `json:"peak_rss_bytes"` // of the whole run

	Calls    []SimCall `json:"calls"`
	MedianMS float64   `json:"median_ms"` // of all calls of the mix
	P99MS    float64   `json:"p99_ms"`

	SignaturesPerSecond   float64 `json:"signatures_per_second"`    // RSA-2048 on all cores, nothing else
	SigningPairsPerSecond float64 `json:"signing_pairs_per_second"` // half of it: a pair needs two
	PairsPerSecond        float64 `json:"pairs_per_second"`         // order signed by us, answered signed, paid, notice signed and received
	Ratio                 float64 `json:"ratio"`                    // pairs to what signing alone would allow, by the wall clock
	SigningCPUMS          float64 `json:"signing_cpu_ms_per_pair"`  // processor time of two signatures
	SimCPUMS              float64 `json:"sim_cpu_ms_per_pair"`      // processor time of the simulator for a pair
	CPURatio              float64 `json:"cpu_ratio"`                // the same ratio by processor time, blind to what else the machine does
	Verified              int     `json:"verified"`                 // signatures of answers and notices that were checked, after the window
}

// SimCall is one kind of call of the mix.
type SimCall struct {
	Name     string  `json:"name"`
	Count    int     `json:"count"`
	MedianMS float64 `json:"median_ms"`
	P99MS    float64 `json:"p99_ms"`

	times []time.Duration
}

// simProcess is the simulator under measurement.
type simProcess struct {
	cmd  *exec.Cmd
	addr string // host:port
}

func startSim(ctx context.Context, args ...string) (*simProcess, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &simProcess{cmd: exec.CommandContext(ctx, self, append([]string{"sim", "--addr", "127.0.0.1:0"}, args...)...)}
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, addr, ok := strings.Cut(lines.Text(), "http://"); ok {
			p.addr = strings.TrimSpace(addr)
			go io.Copy(io.Discard, out)
			return p, nil
		}
	}
	return nil, errors.Join(errors.New("bench: the simulator did not start"), p.cmd.Wait())
}

func (p *simProcess) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return p.cmd.Wait()
}

// memory is a line of /proc/self/status of the process, in bytes; 0 where there is none.
func (p *simProcess) memory(name string) int64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(raw), name+":")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kb, _ := strconv.ParseInt(fields[0], 10, 64)
	return kb << 10
}

// cpuTime is what a process has used of the processors; 0 where there is no /proc.
func cpuTime(pid int) time.Duration {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(raw), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond // in hundredths of a second
}

// Sim measures the pocket WeChat.
func Sim(ctx context.Context, o SimOptions) (SimResult, error) {
	out := SimResult{People: o.People, Messages: o.Messages}
	dir, err := os.MkdirTemp("", "shuke-bench-sim-")
	if err != nil {
		return out, err
	}
	defer os.RemoveAll(dir)
	data := filepath.Join(dir, "world")
	begun := time.Now()
	p, err := startSim(ctx, "--data", data, "--people", strconv.Itoa(o.People), "--messages", strconv.Itoa(o.Messages))
	if err != nil {
		return out, err
	}
	out.SeedSeconds = time.Since(begun).Seconds()
	if err := p.stop(); err != nil {
		return out, err
	}
	if info, err := os.Stat(data); err == nil {
		out.FileBytes = info.Size()
	}
	begun = time.Now()
	if p, err = startSim(ctx, "--data", data); err != nil {
		return out, err
	}
	out.StartSeconds = time.Since(begun).Seconds()
	defer func() { _ = p.stop() }()
	run, err := newSimRun(ctx, p.addr, o)
	if err != nil {
		return out, err
	}
	defer run.close()
	if err := run.mix(&out); err != nil {
		return out, err
	}
	out.RSSBytes = p.memory("VmRSS")
	if err := run.pairsAndCeiling(p, &out); err != nil {
		return out, err
	}
	out.PeakRSSBytes = p.memory("VmHWM")
	return out, nil
}

// seededWorld is what POST /_sim/seed says that is needed here.
type seededWorld struct {
	Account struct {
		AppID  string `json:"appid"`
		Secret string `json:"secret"`
		Token  string `json:"token"`
		AESKey string `json:"aes_key"`
	} `json:"account"`
	Merchant struct {
		MchID      string `json:"mchid"`
		Serial     string `json:"serial_no"`
		PrivateKey string `json:"private_key"`
		APIv3Key   string `json:"apiv3_key"`
	} `json:"merchant"`
	Platform struct {
		Certificate string `json:"platform_certificate"`
		PublicKeyID string `json:"public_key_id"`
		PublicKey   string `json:"wechatpay_public_key"` // PEM
	} `json:"platform"`
}

const payerID = "bench-payer"

// simRun drives one simulator.
type simRun struct {
	addr    string
	o       SimOptions
	world   seededWorld
	key     *rsa.PrivateKey
	token   string
	openIDs []string
	sink    *sink

	payer    string         // openid of one who pays whatever is ordered for them
	platform *rsa.PublicKey // of WeChat Pay's certificate
}

func newSimRun(ctx context.Context, addr string, o SimOptions) (*simRun, error) {
	r := &simRun{addr: addr, o: o}
	one := map[string]int{"people": 1, "messages": 1}
	if err := r.ask(ctx, "/_sim/seed", one, &r.world); err != nil {
		return nil, err
	}
	var err error
	if r.key, err = merchantKey(r.world.Merchant.PrivateKey); err != nil {
		return nil, err
	}
	var token struct {
		Value string `json:"access_token"`
	}
	if err := r.ask(ctx, "/cgi-bin/stable_token", map[string]any{"grant_type": "client_credential", "appid": r.world.Account.AppID, "secret": r.world.Account.Secret}, &token); err != nil {
		return nil, err
	}
	r.token = token.Value
	var fans struct {
		Data struct {
			OpenID []string `json:"openid"`
		} `json:"data"`
	}
	if err := r.ask(ctx, "/cgi-bin/user/get?access_token="+r.token, nil, &fans); err != nil {
		return nil, err
	}
	if r.openIDs = fans.Data.OpenID; len(r.openIDs) == 0 {
		return nil, errors.New("bench: the account has no followers")
	}
	if r.payer, err = r.payerNamed(ctx, payerID, true); err != nil {
		return nil, err
	}
	if r.platform, err = platformKey(r.world.Platform.Certificate); err != nil {
		return nil, err
	}
	r.sink, err = openSink()
	return r, err
}

func (r *simRun) close() { r.sink.close() }

// ask calls the simulator and decodes the answer; body nil makes it a GET.
func (r *simRun) ask(ctx context.Context, path string, body, into any) error {
	method, in := http.MethodGet, io.Reader(nil)
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		method, in = http.MethodPost, strings.NewReader(string(raw))
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+r.addr+path, in)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	direct := &http.Client{Transport: &http.Transport{}}
	resp, err := direct.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return json.NewDecoder(resp.Body).Decode(into)
}

func plainRequest(method, path, body string) []byte {
	return fmt.Appendf(nil, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\nUser-Agent: bench\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", method, path, len(body), body)
}

// signed is a v3 request with the merchant's signature.
func (r *simRun) signed(method, path, body string) ([]byte, error) {
	stamp, nonce := strconv.FormatInt(time.Now().Unix(), 10), rand.Text()
	sum := sha256.Sum256([]byte(method + "\n" + path + "\n" + stamp + "\n" + nonce + "\n" + body + "\n"))
	signature, err := rsa.SignPKCS1v15(nil, r.key, crypto.SHA256, sum[:])
	if err != nil {
		return nil, err
	}
	head := fmt.Sprintf("Authorization: WECHATPAY2-SHA256-RSA2048 mchid=\"%s\",serial_no=\"%s\",nonce_str=\"%s\",timestamp=\"%s\",signature=\"%s\"\r\n",
		r.world.Merchant.MchID, r.world.Merchant.Serial, nonce, stamp, base64.StdEncoding.EncodeToString(signature))
	plain := plainRequest(method, path, body)
	at := strings.Index(string(plain), "\r\n") + 2
	return slices.Concat(plain[:at], []byte(head), plain[at:]), nil
}

func (r *simRun) order(number string) string {
	return fmt.Sprintf(`{"appid":%q,"mchid":%q,"description":"明前龙井 125g","out_trade_no":%q,"notify_url":%q,"amount":{"total":1,"currency":"CNY"},"payer":{"openid":%q}}`,
		r.world.Account.AppID, r.world.Merchant.MchID, number, r.sink.url(), r.payer)
}

// mix calls a little of everything from four clients.
func (r *simRun) mix(out *SimResult) error {
	kinds := []struct {
		name string
		make func(n int) ([]byte, error)
	}{
		{"GET /cgi-bin/user/info", func(n int) ([]byte, error) {
			return plainRequest("GET", "/cgi-bin/user/info?access_token="+r.token+"&openid="+r.openIDs[n%len(r.openIDs)], ""), nil
		}},
		{"POST /cgi-bin/user/info/updateremark", func(n int) ([]byte, error) {
			return plainRequest("POST", "/cgi-bin/user/info/updateremark?access_token="+r.token, fmt.Sprintf(`{"openid":%q,"remark":"%d"}`, r.openIDs[n%len(r.openIDs)], n)), nil
		}},
		{"POST /cgi-bin/message/custom/send", func(n int) ([]byte, error) {
			return plainRequest("POST", "/cgi-bin/message/custom/send?access_token="+r.token, fmt.Sprintf(`{"touser":%q,"msgtype":"text","text":{"content":"您好"}}`, r.openIDs[n%len(r.openIDs)])), nil
		}},
		{"POST /cgi-bin/stable_token", func(int) ([]byte, error) {
			return plainRequest("POST", "/cgi-bin/stable_token", fmt.Sprintf(`{"grant_type":"client_credential","appid":%q,"secret":%q}`, r.world.Account.AppID, r.world.Account.Secret)), nil
		}},
		{"GET phone's chat list", func(n int) ([]byte, error) {
			return plainRequest("GET", fmt.Sprintf("/_sim/people/u%06d/home", n%r.o.People+1), ""), nil
		}},
		{"GET phone's messages", func(n int) ([]byte, error) {
			return plainRequest("GET", fmt.Sprintf("/_sim/people/u%06d/chats/acc-%s/messages", n%r.o.People+1, r.world.Account.AppID), ""), nil
		}},
		{"GET /v3/pay/transactions/out-trade-no/…", func(int) ([]byte, error) {
			return r.signed("GET", "/v3/pay/transactions/out-trade-no/bench-none?mchid="+r.world.Merchant.MchID, "")
		}},
	}
	calls := make([]SimCall, len(kinds))
	var mu sync.Mutex
	var all sync.WaitGroup
	var problem error
	end := time.Now().Add(time.Duration(r.o.Seconds) * time.Second)
	for client := range 2 {
		all.Go(func() {
			c, err := dial(r.addr)
			for n := client; err == nil && time.Now().Before(end); n += 2 {
				kind := n % len(kinds)
				var request []byte
				if request, err = kinds[kind].make(n * 7919); err != nil {
					break
				}
				begun := time.Now()
				_, _, err = c.do(request)
				took := time.Since(begun)
				mu.Lock()
				calls[kind].times = append(calls[kind].times, took)
				mu.Unlock()
			}
			mu.Lock()
			problem = errors.Join(problem, err)
			mu.Unlock()
		})
	}
	all.Wait()
	var whole []time.Duration
	for i := range calls {
		calls[i].Name, calls[i].Count = kinds[i].name, len(calls[i].times)
		calls[i].MedianMS, calls[i].P99MS = spread(calls[i].times)
		whole = append(whole, calls[i].times...)
	}
	out.Calls = calls
	out.MedianMS, out.P99MS = spread(whole)
	return problem
}

func spread(times []time.Duration) (median, p99 float64) {
	slices.Sort(times)
	t := tally{times: times}
	return t.percentile(0.5), t.percentile(0.99)
}
