package pay

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"
)

func queryOnce(c *Client) error {
	_, err := c.QueryByOutTradeNo(context.Background(), "20261121000001")
	return err
}

func TestNoNetworkBeforeFirstCall(t *testing.T) {
	p := newPlatform(t)
	c := p.client()
	if _, err := c.PaySign("wx1"); err != nil {
		t.Fatal(err)
	}
	if n := p.downloadCount(); n != 0 {
		t.Errorf("%d downloads before the first call", n)
	}
}

func TestDownloadSingleFlight(t *testing.T) {
	p := newPlatform(t)
	p.says(http.StatusOK, paidOrder)
	p.set(func() { p.delay = 100 * time.Millisecond })
	c := p.client()
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if err := queryOnce(c); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := p.downloadCount(); n != 1 {
		t.Errorf("%d downloads, want 1", n)
	}
}

func TestCallerMayGiveUpOnDownload(t *testing.T) {
	p := newPlatform(t)
	p.says(http.StatusOK, paidOrder)
	p.set(func() { p.delay = 200 * time.Millisecond })
	c := p.client()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	_, err := c.QueryByOutTradeNo(ctx, "20261121000001")
	if !errors.Is(err, context.DeadlineExceeded) || IsOutcomeUnknown(err) {
		t.Errorf("impatient caller: %v, want a deadline and nothing sent", err)
	}
	if err := queryOnce(c); err != nil {
		t.Errorf("patient caller: %v", err)
	}
	if n := p.downloadCount(); n != 1 {
		t.Errorf("%d downloads, want 1", n)
	}
}

func TestRotation(t *testing.T) {
	p := newPlatform(t)
	p.says(http.StatusOK, paidOrder)
	c := p.client()
	if err := queryOnce(c); err != nil {
		t.Fatal(err)
	}
	old := p.signs
	fresh := newCertificate(t, "6BA48C5F1E0D3C2B1A09F8E7D6C5B4A3", testKeys()[2], p.clock().Add(time.Minute))
	p.set(func() { p.listed, p.signs = []signKey{fresh}, fresh })
	if err := queryOnce(c); err != nil {
		t.Fatalf("after the rotation: %v", err)
	}
	if n := p.downloadCount(); n != 2 {
		t.Errorf("%d downloads, want 2", n)
	}
	if serial, _ := c.keys.acceptSerial(context.Background()); serial != fresh.serial {
		t.Errorf("asks for %s, want the newest", serial)
	}
	p.set(func() { p.signs = old }) // a notice signed before the rotation
	h, body := p.notice("TRANSACTION.SUCCESS", "transaction", paidOrder)
	if _, err := c.ParseNotice(context.Background(), h, body); err != nil {
		t.Errorf("old certificate: %v", err)
	}
}

func TestCertificatesRenewed(t *testing.T) {
	p := newPlatform(t)
	p.says(http.StatusOK, paidOrder)
	c := p.client()
	steps := []struct {
		pass time.Duration
		want int
	}{{0, 1}, {11 * time.Hour, 1}, {61 * time.Minute, 2}, {time.Hour, 2}}
	for _, s := range steps {
		p.pass(s.pass)
		if err := queryOnce(c); err != nil {
			t.Fatal(err)
		}
		if n := p.downloadCount(); n != s.want {
			t.Errorf("after %s: %d downloads, want %d", s.pass, n, s.want)
		}
	}
	p.pass(13 * time.Hour)
	p.set(func() { p.certFault = 500 })
	if err := queryOnce(c); err != nil {
		t.Errorf("a failed renewal stops payments: %v", err)
	}
	p.set(func() { p.certFault = 0; p.now = p.now.Add(366 * 24 * time.Hour) })
	if err := queryOnce(c); err == nil {
		t.Error("expired certificates were believed")
	}
}

func TestUnknownSerialRefreshesOnce(t *testing.T) {
	p := newPlatform(t)
	c := p.client()
	forged := newCertificate(t, "66", testKeys()[2], p.clock())
	p.set(func() { p.signs = forged })
	h, body := p.notice("TRANSACTION.SUCCESS", "transaction", paidOrder)
	p.set(func() { p.signs = p.listed[0] })
	for range 20 {
		if _, err := c.ParseNotice(context.Background(), h, body); !errors.Is(err, ErrUnknownSerial) || !errors.Is(err, ErrSignature) {
			t.Fatalf("got %v", err)
		}
	}
	if n := p.downloadCount(); n != 2 { // the first ones, and one look for the unknown
		t.Errorf("%d downloads for 20 forged notices, want 2", n)
	}
}

func TestDownloadFails(t *testing.T) {
	p := newPlatform(t)
	p.says(http.StatusOK, paidOrder)
	p.set(func() { p.certFault = 500 })
	c := p.client()
	for range 10 {
		if err := queryOnce(c); err == nil || IsOutcomeUnknown(err) || !IsRetryable(err) {
			t.Fatalf("got %v, want a retryable error with nothing sent", err)
		}
	}
	if n := p.downloadCount(); n != 1 {
		t.Errorf("%d downloads within a second of a failure, want 1", n)
	}
	if len(p.seen()) != 0 {
		t.Error("a call was made whose answer could not have been verified")
	}
	p.set(func() { p.certFault = 0 })
	p.pass(2 * time.Second)
	if err := queryOnce(c); err != nil {
		t.Error(err)
	}
}

func TestDownloadNotBelieved(t *testing.T) {
	for name, spoil := range map[string]func(p *platform, cfg *Config){
		"other APIv3 key":   func(_ *platform, cfg *Config) { cfg.APIv3Key = "ffffffffffffffffffffffffffffffff" },
		"signed by another": func(p *platform, _ *Config) { p.signs = signKey{serial: p.signs.serial, key: testKeys()[2]} },
		"unlisted signer":   func(p *platform, _ *Config) { p.signs = signKey{serial: "77", key: testKeys()[2]} },
		"wrong serial":      func(p *platform, _ *Config) { p.listed[0].serial = "88" },
		"empty list":        func(p *platform, _ *Config) { p.listed = nil },
	} {
		p := newPlatform(t)
		c := p.client(func(cfg *Config) { spoil(p, cfg) })
		if err := queryOnce(c); err == nil {
			t.Errorf("%s: believed", name)
		}
		if len(p.seen()) != 0 {
			t.Errorf("%s: the call was made", name)
		}
	}
}

func TestPublicKeyMode(t *testing.T) {
	p := newPlatform(t)
	p.says(http.StatusOK, paidOrder)
	p.set(func() { p.signs = publicSigner() })
	c := p.client(withPublicKey)
	if err := queryOnce(c); err != nil {
		t.Fatal(err)
	}
	if a := p.seen()[0].accept; a != testPublicID {
		t.Errorf("Wechatpay-Serial %q", a)
	}
	h, body := p.notice("TRANSACTION.SUCCESS", "transaction", paidOrder)
	if n, err := c.ParseNotice(context.Background(), h, body); err != nil || n.Serial != testPublicID {
		t.Errorf("notice: %v", err)
	}
	p.set(func() { p.signs = p.listed[0] })
	if err := queryOnce(c); !errors.Is(err, ErrUnknownSerial) {
		t.Errorf("a certificate's signature: %v", err)
	}
	if n := p.downloadCount(); n != 0 {
		t.Errorf("%d downloads in public-key mode", n)
	}
}

func TestBothModes(t *testing.T) {
	p := newPlatform(t)
	p.says(http.StatusOK, paidOrder)
	c := p.client(withPublicKey, func(cfg *Config) { cfg.Mode = ModeBoth })
	for _, k := range []signKey{publicSigner(), p.listed[0], publicSigner()} {
		p.set(func() { p.signs = k })
		if err := queryOnce(c); err != nil {
			t.Errorf("signed with %s: %v", k.serial, err)
		}
	}
	if n := p.downloadCount(); n != 1 {
		t.Errorf("%d downloads, want 1", n)
	}
}
