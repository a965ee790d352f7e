package sim

import (
	"net/http"

	"github.com/shuke-commerce/shuke/wechat/sim/internal/paycrypt"
)

// decrypt opens a field that was encrypted for the key the request names in Wechatpay-Serial; on failure it has answered.
func (c *call) decrypt(name, sealed string) (string, bool) {
	s := c.s
	serial := c.r.Header.Get("Wechatpay-Serial")
	key := s.platform.Load().named(serial, s.Clock.Now())
	if key == nil {
		c.payFail(http.StatusBadRequest, "PARAM_ERROR", "Http头Wechatpay-Serial缺失或错误，请使用加密敏感信息所用的平台证书序列号或微信支付公钥ID", map[string]string{"field": "Wechatpay-Serial", "value": serial, "location": "header"})
		c.refused("%s is encrypted, Wechatpay-Serial %q names no key of WeChat Pay", name, serial)
		return "", false
	}
	plain, err := paycrypt.DecryptField(key, sealed)
	if err != nil {
		c.payFail(http.StatusBadRequest, "PARAM_ERROR", "敏感信息解密失败，请检查加密所用的证书或公钥", map[string]string{"field": "/body/" + name, "location": "body"})
		c.refused("%s: %v", name, err)
		return "", false
	}
	return plain, true
}

// encryptFor seals a field for the calling merchant: with its certificate's key.
func (c *call) encryptFor(plain string) (string, error) {
	if plain == "" {
		return "", nil
	}
	return paycrypt.EncryptField(c.mchKey, plain)
}
