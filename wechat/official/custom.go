package official

import "context"

// CustomMessage is a customer-service message: TextMessage, ImageMessage,
// NewsMessage, MenuMessage or MiniProgramMessage.
type CustomMessage interface {
	// custom returns msgtype and the body under that name.
	custom() (kind string, body any)
}

// TextMessage is a text of a customer-service message; links are allowed.
type TextMessage struct {
	Content string `json:"content"`
}

// ImageMessage shows an uploaded picture.
type ImageMessage struct {
	MediaID string `json:"media_id"`
}

// NewsMessage is one article card that opens URL.
type NewsMessage struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	URL         string `json:"url"`
	PicURL      string `json:"picurl"`
}

// MenuMessage asks a question with answers to tap. The answer comes back as a
// text message whose MenuMessageID is the item's ID.
type MenuMessage struct {
	Head  string     `json:"head_content"`
	Items []MenuItem `json:"list"`
	Tail  string     `json:"tail_content"`
}

// MenuItem is one answer of a MenuMessage.
type MenuItem struct {
	ID      string `json:"id"`
	Content string `json:"content"`
}

// MiniProgramMessage is a mini-program card.
type MiniProgramMessage struct {
	Title        string `json:"title"`
	AppID        string `json:"appid"`
	PagePath     string `json:"pagepath"`
	ThumbMediaID string `json:"thumb_media_id"`
}

func (m TextMessage) custom() (string, any)  { return "text", m }
func (m ImageMessage) custom() (string, any) { return "image", m }
func (m NewsMessage) custom() (string, any) {
	return "news", map[string]any{"articles": []NewsMessage{m}}
}
func (m MenuMessage) custom() (string, any)        { return "msgmenu", m }
func (m MiniProgramMessage) custom() (string, any) { return "miniprogrampage", m }

// SendCustom sends a customer-service message. WeChat allows it only for a while
// after something the person did (IsUnreachable otherwise): a message 48 h, a
// menu click, a scan or following 1 min, a payment 48 h. account names the
// customer-service account that speaks; empty is the official account itself.
func (c *Client) SendCustom(ctx context.Context, openID string, m CustomMessage, account string) error {
	kind, body := m.custom()
	in := map[string]any{"touser": openID, "msgtype": kind, kind: body}
	if account != "" {
		in["customservice"] = map[string]string{"kf_account": account}
	}
	return c.postJSON(ctx, "/cgi-bin/message/custom/send", in, nil)
}

// Typing shows or hides "对方正在输入" in the person's chat.
func (c *Client) Typing(ctx context.Context, openID string, typing bool) error {
	command := "CancelTyping"
	if typing {
		command = "Typing"
	}
	in := map[string]string{"touser": openID, "command": command}
	return c.postJSON(ctx, "/cgi-bin/message/custom/typing", in, nil)
}
