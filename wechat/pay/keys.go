package pay

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"golang.org/x/sync/singleflight"
)

const (
	// refreshGap keeps forged serial numbers and a failing host from making us
	// download certificates without end.
	refreshGap       = 10 * time.Second
	downloadDeadline = 15 * time.Second
	publicKeyPrefix  = "PUB_KEY_ID_"
)

// certificates is an immutable set of platform certificates.
type certificates map[string]*x509.Certificate

// keyRing holds the keys that verify WeChat Pay's signatures.
type keyRing struct {
	publicID string
	public   auth.Verifier  // nil without a public key
	sealer   *rsa.PublicKey // the same key, to encrypt fields with
	useCerts bool
	every    time.Duration
	now      func() time.Time
	download func(ctx context.Context) (certificates, error)
	group    singleflight.Group

	mu        sync.RWMutex
	certs     certificates
	newest    string // serial number
	verifyBy  auth.Verifier
	loadedAt  time.Time // last successful download
	triedAt   time.Time // last try
	lastError error     // of the last try
	fruitless time.Time // last download that an unknown serial number caused in vain
}

func newKeyRing(cfg Config, download func(context.Context) (certificates, error)) *keyRing {
	k := &keyRing{
		useCerts: cfg.Mode != ModePublicKey,
		every:    cfg.RefreshEvery, now: cfg.Now, download: download,
	}
	if cfg.Mode != ModeCertificate {
		k.publicID = cfg.PublicKeyID
		k.sealer = cfg.PublicKey
		k.public = verifiers.NewSHA256WithRSAPubkeyVerifier(cfg.PublicKeyID, *cfg.PublicKey)
	}
	return k
}

// acceptSerial tells WeChat Pay with which key we verify its answer. With
// certificates it downloads them first, so that no call is made whose answer
// could not be verified.
func (k *keyRing) acceptSerial(ctx context.Context) (string, error) {
	if k.public != nil {
		return k.publicID, nil
	}
	if err := k.ensure(ctx); err != nil {
		return "", err
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.newest, nil
}

// verifier returns what verifies signatures of the serial number.
func (k *keyRing) verifier(ctx context.Context, serial string) (auth.Verifier, error) {
	if k.public != nil && serial == k.publicID {
		return k.public, nil
	}
	if !k.useCerts || strings.HasPrefix(serial, publicKeyPrefix) {
		return nil, fmt.Errorf("%w: %q", ErrUnknownSerial, serial)
	}
	if err := k.ensure(ctx); err != nil {
		return nil, errors.Join(ErrUnknownSerial, err)
	}
	if v := k.known(serial); v != nil {
		return v, nil
	}
	return k.seek(ctx, serial)
}

// seek downloads the certificates for the sake of an unknown serial number.
func (k *keyRing) seek(ctx context.Context, serial string) (auth.Verifier, error) {
	k.mu.RLock()
	wait := !k.fruitless.IsZero() && k.now().Sub(k.fruitless) < refreshGap
	k.mu.RUnlock()
	if wait {
		return nil, fmt.Errorf("%w: %q", ErrUnknownSerial, serial)
	}
	if err := k.load(ctx); err != nil {
		return nil, errors.Join(ErrUnknownSerial, err)
	}
	if v := k.known(serial); v != nil {
		return v, nil
	}
	k.mu.Lock()
	k.fruitless = k.now()
	k.mu.Unlock()
	return nil, fmt.Errorf("%w: %q", ErrUnknownSerial, serial)
}

func (k *keyRing) known(serial string) auth.Verifier {
	k.mu.RLock()
	defer k.mu.RUnlock()
	cert, ok := k.certs[serial]
	if !ok || k.now().After(cert.NotAfter) {
		return nil
	}
	return k.verifyBy
}

// ensure has certificates at hand: downloads the first ones, renews old ones. A
// failed renewal is no error while the old ones live.
func (k *keyRing) ensure(ctx context.Context) error {
	k.mu.RLock()
	have, age := len(k.certs) > 0, k.now().Sub(k.loadedAt)
	tried, lastError := k.now().Sub(k.triedAt), k.lastError
	k.mu.RUnlock()
	if have && age < k.every {
		return nil
	}
	if lastError != nil && tried >= 0 && tried < time.Second {
		if have {
			return nil
		}
		return lastError // do not queue up behind a host that has just failed
	}
	if err := k.load(ctx); err != nil && !have {
		return err
	}
	return ctx.Err()
}

// load downloads once for all who wait. It outlives a caller that gives up.
func (k *keyRing) load(ctx context.Context) error {
	ch := k.group.DoChan("certificates", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), downloadDeadline)
		defer cancel()
		certs, err := k.download(ctx)
		k.set(certs, err)
		return nil, err
	})
	select {
	case r := <-ch:
		return r.Err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// set takes over a download. Certificates that WeChat Pay no longer lists stay
// until they end: answers signed with them may still be on the way.
func (k *keyRing) set(certs certificates, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.triedAt, k.lastError = k.now(), err
	if err != nil {
		return
	}
	merged := maps.Clone(certs)
	for serial, cert := range k.certs {
		if _, listed := merged[serial]; !listed && len(merged) < maxCertificates && !k.now().After(cert.NotAfter) {
			merged[serial] = cert
		}
	}
	k.certs, k.loadedAt = merged, k.now()
	k.newest = newestSerial(certs)
	k.verifyBy = verifiers.NewSHA256WithRSAVerifier(core.NewCertificateMap(merged))
}

func newestSerial(certs certificates) string {
	return core.NewCertificateMap(certs).GetNewestSerial(context.Background())
}
