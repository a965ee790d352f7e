package sim

import "net/http"

var echoFields = []field{
	{name: "notify_url", label: "通知地址", kind: "url", max: 255},
	{name: "echo_message", label: "回显信息", required: true, max: 2048},
	{name: "encrypted_echo_message", label: "加密回显信息", max: 4096},
}

// echo answers POST /v3/security/echo: what was sent comes back, what was encrypted comes back encrypted for the merchant, and a
// notice with the same follows. One call proves signing, verifying and both directions of encryption.
func (s *Server) echo(c *call) {
	var in struct {
		NotifyURL string `json:"notify_url"`
		Message   string `json:"echo_message"`
		Secret    string `json:"encrypted_echo_message"`
	}
	if !c.strict(echoFields, &in) || !c.allowNotify(in.NotifyURL) {
		return
	}
	answer := map[string]string{"echo_message": in.Message}
	if in.Secret != "" {
		plain, ok := c.decrypt("encrypted_echo_message", in.Secret)
		if !ok {
			return
		}
		sealed, err := c.encryptFor(plain)
		if err != nil {
			c.payFail(http.StatusInternalServerError, "SYSTEM_ERROR", "系统异常，请稍后重试", nil)
			return
		}
		answer["encrypted_echo_message"] = sealed
	}
	c.payOK(answer)
	if in.NotifyURL == "" {
		return
	}
	s.mu.Lock()
	n := s.newNotice(c.mch.MchID, in.NotifyURL, s.keyMode(c), "SECURITY_ECHO.SUCCESS", "security", "安全探测成功", answer)
	s.unlockDurably()
	s.startNotice(n)
}
