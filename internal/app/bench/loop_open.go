package bench

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/shuke-commerce/shuke/internal/app"
	"github.com/shuke-commerce/shuke/internal/domain/buyer"
)

// open starts a simulator with a payer for every buyer, and a server that is its merchant.
func (r *loopRun) open(ctx context.Context, o Options) (*loopKeys, error) {
	var err error
	if r.sim, err = startSim(ctx); err != nil {
		return nil, err
	}
	run := &simRun{addr: r.sim.addr}
	if err := run.ask(ctx, "/_sim/seed", map[string]int{"people": 1, "messages": 1}, &run.world); err != nil {
		return nil, err
	}
	payers := make([]buyer.OpenID, benchBuyers)
	for i := range payers {
		payers[i].AppID = run.world.Account.AppID
		if payers[i].OpenID, err = run.payerNamed(ctx, fmt.Sprintf("%s-%d", payerID, i), false); err != nil {
			return nil, err
		}
	}
	if r.g, err = prepareFor(ctx, o, func(i int) buyer.OpenID { return payers[i] }); err != nil {
		return nil, err
	}
	for _, b := range r.g.buyers {
		r.cookies = append(r.cookies, r.g.key.Token(b, time.Now().Add(time.Hour)))
	}
	keys, err := r.configure(run.world)
	if err != nil {
		return nil, err
	}
	if r.server, err = r.g.start(ctx); err != nil {
		return nil, err
	}
	r.db, _, err = app.OpenDB(ctx, r.g.cfg, false)
	return keys, err
}

// payerNamed makes a person with money and gives their openid.
func (r *simRun) payerNamed(ctx context.Context, who string, atOnce bool) (string, error) {
	var out struct {
		OpenID string `json:"openid"`
	}
	payer := map[string]any{"id": who, "name": "陈周到", "balance": 100_000_000, "pays_at_once": atOnce}
	err := errors.Join(r.ask(ctx, "/_sim/people", payer, &struct{}{}), r.ask(ctx, "/_sim/people/"+who+"/openid?appid="+r.world.Account.AppID, nil, &out))
	return out.OpenID, err
}

// configure tells the server who it is at the simulator.
func (r *loopRun) configure(w seededWorld) (*loopKeys, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0") // WeChat must know where to send notices before the server is up
	if err != nil {
		return nil, err
	}
	addr := ln.Addr().String()
	if err := ln.Close(); err != nil {
		return nil, err
	}
	key, public := filepath.Join(r.g.dir, "merchant.pem"), filepath.Join(r.g.dir, "wechatpay.pem")
	if err := errors.Join(os.WriteFile(key, []byte(w.Merchant.PrivateKey), 0o600), os.WriteFile(public, []byte(w.Platform.PublicKey), 0o600)); err != nil {
		return nil, err
	}
	at := "http://" + r.sim.addr
	r.g.env = []string{"SHUKE_SERVER_ADDR=" + addr, "SHUKE_SERVER_PUBLIC_URL=http://" + addr,
		"SHUKE_OFFICIAL_APP_ID=" + w.Account.AppID, "SHUKE_OFFICIAL_SECRET=" + w.Account.Secret, "SHUKE_OFFICIAL_TOKEN=" + w.Account.Token, "SHUKE_OFFICIAL_AES_KEY=" + w.Account.AESKey,
		"SHUKE_OFFICIAL_BASE_URL=" + at, "SHUKE_OFFICIAL_OPEN_URL=" + at, "SHUKE_OFFICIAL_MP_URL=" + at,
		"SHUKE_PAY_MCH_ID=" + w.Merchant.MchID, "SHUKE_PAY_SERIAL_NO=" + w.Merchant.Serial, "SHUKE_PAY_APIV3_KEY=" + w.Merchant.APIv3Key, "SHUKE_PAY_PRIVATE_KEY_FILE=" + key,
		"SHUKE_PAY_PUBLIC_KEY_ID=" + w.Platform.PublicKeyID, "SHUKE_PAY_PUBLIC_KEY_FILE=" + public, "SHUKE_PAY_BASE_URL=" + at}
	private, err := merchantKey(w.Merchant.PrivateKey)
	return &loopKeys{private}, err
}

func merchantKey(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("bench: the merchant's key is not PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("bench: the merchant's key is not RSA")
	}
	return key, nil
}

func (r *loopRun) close(keep bool) error {
	var all error
	if r.db != nil {
		all = r.db.Close()
	}
	if r.server != nil {
		all = errors.Join(all, r.server.stop())
	}
	if r.sim != nil {
		all = errors.Join(all, r.sim.stop())
	}
	if r.g != nil && !keep {
		all = errors.Join(all, os.RemoveAll(r.g.dir))
	}
	return all
}

// loopKeys measures RSA alone.
type loopKeys struct{ private *rsa.PrivateKey }

// measure tells how many signatures all cores make in a second, and what two signatures and two verifications cost in processor time.
func (k *loopKeys) measure(d time.Duration) (perSecond float64, ofLoop time.Duration, err error) {
	sum := sha256.Sum256([]byte("bench"))
	signature, err := rsa.SignPKCS1v15(nil, k.private, crypto.SHA256, sum[:])
	if err != nil {
		return 0, 0, err
	}
	sign := func() error {
		_, err := rsa.SignPKCS1v15(nil, k.private, crypto.SHA256, sum[:])
		return err
	}
	verify := func() error { return rsa.VerifyPKCS1v15(&k.private.PublicKey, crypto.SHA256, sum[:], signature) }
	perSecond, signing, err := onAllCores(d, sign)
	if err != nil {
		return 0, 0, err
	}
	_, verifying, err := onAllCores(d/4, verify)
	return perSecond, 2 * (signing + verifying), err
}

// onAllCores repeats f for a time: how often in a second, and its processor time.
func onAllCores(d time.Duration, f func() error) (perSecond float64, cost time.Duration, err error) {
	var n atomic.Int64
	var all sync.WaitGroup
	problems := make([]error, runtime.GOMAXPROCS(0))
	own, begun := cpuTime(os.Getpid()), time.Now()
	end := begun.Add(d)
	for i := range problems {
		all.Go(func() {
			for problems[i] == nil && time.Now().Before(end) {
				problems[i] = f()
				n.Add(1)
			}
		})
	}
	all.Wait()
	took := time.Since(begun)
	return float64(n.Load()) / took.Seconds(), (cpuTime(os.Getpid()) - own) / time.Duration(max(n.Load(), 1)), errors.Join(problems...)
}
