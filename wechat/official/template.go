package official

import "context"

// TemplateMessage is one filled template.
type TemplateMessage struct {
	OpenID      string                   `json:"touser"`
	TemplateID  string                   `json:"template_id"`
	URL         string                   `json:"url,omitempty"`
	MiniProgram *MiniProgramLink         `json:"miniprogram,omitempty"` // wins over URL where the client can open it
	ClientMsgID string                   `json:"client_msg_id,omitempty"`
	Data        map[string]TemplateValue `json:"data"`
}

// MiniProgramLink is the page of a mini-program that a message opens.
type MiniProgramLink struct {
	AppID    string `json:"appid"`
	PagePath string `json:"pagepath,omitempty"`
}

// TemplateValue fills one {{key.DATA}} of a template.
type TemplateValue struct {
	Value string `json:"value"`
	Color string `json:"color,omitempty"` // #RRGGBB
}

// SendTemplate sends a template message and returns WeChat's id of it. The
// outcome is pushed later as TEMPLATESENDJOBFINISH with that id (Message.JobID).
// The same ClientMsgID is sent once only.
func (c *Client) SendTemplate(ctx context.Context, m TemplateMessage) (msgID int64, err error) {
	var out struct {
		MsgID int64 `json:"msgid"`
	}
	if m.Data == nil {
		m.Data = map[string]TemplateValue{}
	}
	err = c.postJSON(ctx, "/cgi-bin/message/template/send", m, &out)
	return out.MsgID, err
}
