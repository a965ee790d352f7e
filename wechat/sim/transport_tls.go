package sim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// playedHosts are names of WeChat's servers that no group of endpoints names.
var playedHosts = []string{
	"api.weixin.qq.com", "api2.weixin.qq.com", "sh.api.weixin.qq.com", "sz.api.weixin.qq.com", "hk.api.weixin.qq.com",
	"open.weixin.qq.com", "mp.weixin.qq.com", "weixin.qq.com", "res.wx.qq.com", "res2.wx.qq.com",
	"api.mch.weixin.qq.com", "api2.mch.weixin.qq.com", "api.wechatpay.cn", "api2.wechatpay.cn", "fraud.mch.weixin.qq.com", "action.weixin.qq.com", "wx.tenpay.com", "pay.weixin.qq.com", "payapp.weixin.qq.com",
	"qyapi.weixin.qq.com", "work.weixin.qq.com", "open.work.weixin.qq.com", "login.work.weixin.qq.com",
	"poll.kuaidi100.com", "api.kdniao.com", "api.kdniao.cc",
}

// authority is the world's own certificate authority: clients that trust it take the simulator for WeChat.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey

	mu     sync.Mutex
	leaves map[string]*tls.Certificate // by host, made when first asked for
}

// CA is the PEM certificate of the simulator's own authority, which signs its TLS certificates. It is made with the world and kept.
func (s *Server) CA() (string, error) {
	if err := s.init(); err != nil {
		return "", err
	}
	return s.world.meta.CACert, nil
}

// beginCA makes the authority of a new world, or reads that of a loaded one.
func (s *Server) beginCA() error {
	m := &s.world.meta
	if m.CACert == "" {
		if err := m.newCA(s); err != nil {
			return fmt.Errorf("make a certificate authority: %w", err)
		}
	}
	certBlock, _ := pem.Decode([]byte(m.CACert))
	keyBlock, _ := pem.Decode([]byte(m.CAKey))
	if certBlock == nil || keyBlock == nil {
		return errors.New("certificate authority: not PEM")
	}
	cert, err := x509.ParseCertificate(certBlock.Bytes)
	if err != nil {
		return fmt.Errorf("certificate authority: %w", err)
	}
	key, err := x509.ParseECPrivateKey(keyBlock.Bytes)
	if err != nil {
		return fmt.Errorf("key of the certificate authority: %w", err)
	}
	s.authority.Store(&authority{cert: cert, key: key, leaves: map[string]*tls.Certificate{}})
	return nil
}

func (m *meta) newCA(s *Server) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), s.Rand)
	if err != nil {
		return err
	}
	now := s.Now()
	form := &x509.Certificate{SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "Pocket WeChat CA " + now.Format("2006-01-02 15:04:05")},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.AddDate(20, 0, 0), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(s.Rand, form, form, &key.PublicKey, key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	m.CACert = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	m.CAKey = string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private}))
	return nil
}

// leaf gives the certificate for a host, which the caller has checked.
func (s *Server) leaf(host string) (*tls.Certificate, error) {
	a := s.authority.Load()
	a.mu.Lock()
	defer a.mu.Unlock()
	now := s.Now()
	if known := a.leaves[host]; known != nil && now.Before(known.Leaf.NotAfter.Add(-24*time.Hour)) {
		return known, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), s.Rand)
	if err != nil {
		return nil, err
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: host}, NotBefore: now.Add(-24 * time.Hour), NotAfter: now.AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	if ip := net.ParseIP(host); ip != nil {
		form.IPAddresses = []net.IP{ip}
	} else {
		form.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(s.Rand, form, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	made := &tls.Certificate{Certificate: [][]byte{der, a.cert.Raw}, PrivateKey: key}
	if made.Leaf, err = x509.ParseCertificate(der); err == nil {
		a.leaves[host] = made
	}
	return made, err
}

// tlsFor is how TLS is spoken in the name of host; empty: of whatever host the client names.
func (s *Server) tlsFor(host string) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, ClientAuth: tls.RequestClientCert,
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			name := strings.ToLower(hello.ServerName)
			if name == "" {
				name = host
			}
			if name == "" {
				name, _, _ = net.SplitHostPort(hello.Conn.LocalAddr().String())
			}
			if !s.plays(name) && !loopback(name) {
				return nil, fmt.Errorf("the pocket WeChat does not play %s", name)
			}
			return s.leaf(name)
		}}
}

// plays tells whether a host (with or without port) is one of WeChat's or of the other services that are simulated.
func (s *Server) plays(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return slices.Contains(s.hosts, strings.ToLower(host))
}

// allHosts collects the names that are played.
func (s *Server) allHosts() []string {
	hosts := slices.Clone(playedHosts)
	for _, g := range s.groups() {
		for _, word := range strings.FieldsFunc(g.Host, func(r rune) bool { return strings.ContainsRune(" ,;/、()（）", r) }) {
			if strings.Contains(word, ".") {
				hosts = append(hosts, strings.ToLower(word))
			}
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}
