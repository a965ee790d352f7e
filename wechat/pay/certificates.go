package pay

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"
)

const (
	certificatesPath = "/v3/certificates"
	maxCertificates  = 20
	gcmNonceBytes    = 12
)

type certificateList struct {
	Data []struct {
		SerialNo string  `json:"serial_no"`
		Sealed   *sealed `json:"encrypt_certificate"`
	} `json:"data"`
}

// sealed is an AEAD_AES_256_GCM ciphertext as WeChat Pay sends it.
type sealed struct {
	Algorithm      string `json:"algorithm"`
	Nonce          string `json:"nonce"`
	AssociatedData string `json:"associated_data"`
	Ciphertext     string `json:"ciphertext"`
}

const algorithmAESGCM = "AEAD_AES_256_GCM"

// open decrypts. The nonce's length is checked because the cipher panics on any
// other.
func (s sealed) open(key string) ([]byte, error) {
	if s.Algorithm != algorithmAESGCM {
		return nil, fmt.Errorf("%w: algorithm %q is not %s", ErrMalformed, s.Algorithm, algorithmAESGCM)
	}
	if len(s.Nonce) != gcmNonceBytes {
		return nil, fmt.Errorf("%w: nonce is %d bytes, not %d", ErrMalformed, len(s.Nonce), gcmNonceBytes)
	}
	plain, err := utils.DecryptAES256GCM(key, s.AssociatedData, s.Nonce, s.Ciphertext)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrDecrypt, err)
	}
	return []byte(plain), nil
}

// downloadCertificates asks for the platform certificates. Each is opened with
// the APIv3 key, which only WeChat Pay shares; then the answer's own signature is
// checked with them (or with the public key).
func (c *Client) downloadCertificates(ctx context.Context) (certificates, error) {
	r, err := c.send(ctx, http.MethodGet, certificatesPath, nil, c.keys.publicID)
	if err != nil {
		return nil, err
	}
	var list certificateList
	if err := json.Unmarshal(r.body, &list); err != nil {
		return nil, r.failed(fmt.Errorf("%w: %v", ErrMalformed, err))
	}
	certs, err := c.openCertificates(list, c.cfg.Now())
	if err != nil {
		return nil, r.failed(err)
	}
	if err := c.verifyDownload(ctx, r, certs); err != nil {
		return nil, r.failed(err)
	}
	return certs, nil
}

func (c *Client) openCertificates(list certificateList, now time.Time) (certificates, error) {
	if len(list.Data) > maxCertificates {
		return nil, fmt.Errorf("%w: %d certificates", ErrMalformed, len(list.Data))
	}
	certs := certificates{}
	for _, item := range list.Data {
		if item.Sealed == nil {
			return nil, fmt.Errorf("%w: certificate %s has no encrypt_certificate", ErrMalformed, item.SerialNo)
		}
		plain, err := item.Sealed.open(c.cfg.APIv3Key)
		if err != nil {
			return nil, err
		}
		cert, err := utils.LoadCertificate(string(plain))
		if err != nil {
			return nil, fmt.Errorf("%w: certificate %s: %v", ErrMalformed, item.SerialNo, err)
		}
		if _, ok := cert.PublicKey.(*rsa.PublicKey); !ok || now.After(cert.NotAfter) {
			continue // an SM2 certificate, or one at its end
		}
		if serial := utils.GetCertificateSerialNumber(*cert); !sameSerial(serial, item.SerialNo) {
			return nil, fmt.Errorf("%w: certificate %s is listed as %s", ErrMalformed, serial, item.SerialNo)
		}
		certs[item.SerialNo] = cert
	}
	if len(certs) == 0 {
		return nil, fmt.Errorf("%w: no usable platform certificate (a merchant with a public key only has none)", ErrMalformed)
	}
	return certs, nil
}

// sameSerial compares serial numbers whatever their case and leading zeros.
func sameSerial(a, b string) bool {
	return strings.EqualFold(strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0"))
}

func (c *Client) verifyDownload(ctx context.Context, r response, certs certificates) error {
	s, err := readStamp(r.header, c.cfg.Now())
	if err != nil {
		return err
	}
	var v auth.Verifier = verifiers.NewSHA256WithRSAVerifier(core.NewCertificateMap(certs))
	if c.keys.public != nil && s.serial == c.keys.publicID {
		v = c.keys.public
	} else if certs[s.serial] == nil {
		return fmt.Errorf("%w: %q", ErrUnknownSerial, s.serial)
	}
	return s.check(ctx, v, r.body)
}
