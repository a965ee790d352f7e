package paycrypt

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"time"
)

// KeyBits is the size of every RSA key WeChat Pay works with.
const KeyBits = 2048

// GenerateKey makes an RSA key and its PKCS#8 PEM, the form of apiclient_key.pem.
func GenerateKey(random io.Reader) (*rsa.PrivateKey, string, error) {
	key, err := rsa.GenerateKey(random, KeyBits)
	if err != nil {
		return nil, "", fmt.Errorf("generate an RSA key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, "", fmt.Errorf("encode an RSA key: %w", err)
	}
	return key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}

// ParsePrivateKey reads a PKCS#8 or PKCS#1 PEM.
func ParsePrivateKey(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("private key is not PEM")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("private key is not RSA")
	}
	return key, nil
}

// ParsePublicKey reads a PKIX PEM public key or the key of a PEM certificate.
// The serial is that of the certificate (upper hex), empty for a bare key.
func ParsePublicKey(text string) (key *rsa.PublicKey, serial string, err error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, "", errors.New("public key is not PEM")
	}
	var parsed any
	if block.Type == "CERTIFICATE" {
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, "", fmt.Errorf("certificate: %w", err)
		}
		parsed, serial = cert.PublicKey, Serial(cert)
	} else if parsed, err = x509.ParsePKIXPublicKey(block.Bytes); err != nil {
		return nil, "", fmt.Errorf("public key: %w", err)
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, "", errors.New("public key is not RSA")
	}
	return key, serial, nil
}

// PublicPEM is the PKIX form, as in pub_key.pem.
func PublicPEM(key *rsa.PublicKey) (string, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "", fmt.Errorf("encode a public key: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

// Serial is the certificate's serial number as WeChat writes it: upper hex without leading zeros.
func Serial(cert *x509.Certificate) string { return strings.ToUpper(cert.SerialNumber.Text(16)) }

// Certificate issues a self-signed certificate of five years for key, as PEM.
func Certificate(random io.Reader, key *rsa.PrivateKey, commonName, unit string, now time.Time) (certPEM, serial string, err error) {
	raw := make([]byte, 20)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", "", fmt.Errorf("certificate serial: %w", err)
	}
	raw[0] = raw[0]&0x7f | 0x40 // positive, always 40 hex digits
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(raw),
		Subject:      pkix.Name{CommonName: commonName, Organization: []string{"Pocket WeChat"}, OrganizationalUnit: []string{unit}, Country: []string{"CN"}},
		NotBefore:    now.Add(-24 * time.Hour).UTC().Truncate(time.Second),
		NotAfter:     now.AddDate(5, 0, 0).UTC().Truncate(time.Second),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return "", "", fmt.Errorf("issue a certificate: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), fmt.Sprintf("%X", raw), nil
}
