package official

import (
	"context"
	"errors"
	"fmt"
)

// ButtonType is what a menu button does.
type ButtonType string

// Button types of the menu.
const (
	ButtonClick           ButtonType = "click" // pushes an event with Key
	ButtonView            ButtonType = "view"  // opens URL
	ButtonScanPush        ButtonType = "scancode_push"
	ButtonScanWait        ButtonType = "scancode_waitmsg"
	ButtonPhoto           ButtonType = "pic_sysphoto"
	ButtonPhotoOrAlbum    ButtonType = "pic_photo_or_album"
	ButtonAlbum           ButtonType = "pic_weixin"
	ButtonLocation        ButtonType = "location_select"
	ButtonMedia           ButtonType = "media_id"
	ButtonArticle         ButtonType = "article_id"
	ButtonArticleViewOnly ButtonType = "article_view_limited"
	ButtonMiniProgram     ButtonType = "miniprogram" // opens AppID at PagePath, URL on old clients
)

// Button is one button of the menu. A button with Sub has no Type.
type Button struct {
	Name      string     `json:"name"`
	Type      ButtonType `json:"type,omitempty"`
	Key       string     `json:"key,omitempty"` // at most 128 bytes
	URL       string     `json:"url,omitempty"` // at most 1024 bytes
	MediaID   string     `json:"media_id,omitempty"`
	ArticleID string     `json:"article_id,omitempty"`
	AppID     string     `json:"appid,omitempty"`
	PagePath  string     `json:"pagepath,omitempty"`
	Sub       []Button   `json:"sub_button,omitempty"` // at most 5
}

const (
	maxTopButtons = 3
	maxSubButtons = 5
	maxTopName    = 16 // bytes
	maxSubName    = 60 // bytes
	maxButtonKey  = 128
	maxButtonURL  = 1024
)

// CreateMenu replaces the account's menu: at most three buttons with at most five
// below each. People see it within about five minutes.
func (c *Client) CreateMenu(ctx context.Context, buttons []Button) error {
	if err := checkMenu(buttons); err != nil {
		return err
	}
	return c.postJSON(ctx, "/cgi-bin/menu/create", map[string]any{"button": buttons}, nil)
}

// Menu reads the menu that CreateMenu made. An account without one gives
// errcode 46003 (CodeNoMenu).
func (c *Client) Menu(ctx context.Context) ([]Button, error) {
	var out struct {
		Menu struct {
			Button []Button `json:"button"`
		} `json:"menu"`
	}
	if err := c.getJSON(ctx, "/cgi-bin/menu/get", nil, &out); err != nil {
		return nil, err
	}
	return out.Menu.Button, nil
}

// DeleteMenu removes the menu.
func (c *Client) DeleteMenu(ctx context.Context) error {
	return c.getJSON(ctx, "/cgi-bin/menu/delete", nil, nil)
}

func checkMenu(buttons []Button) error {
	if n := len(buttons); n < 1 || n > maxTopButtons {
		return fmt.Errorf("official: a menu has 1–%d buttons, not %d", maxTopButtons, n)
	}
	for _, b := range buttons {
		if len(b.Sub) > maxSubButtons {
			return fmt.Errorf("official: menu button %q has %d sub-buttons, at most %d are allowed", b.Name, len(b.Sub), maxSubButtons)
		}
		if err := checkButton(b, maxTopName); err != nil {
			return err
		}
		for _, s := range b.Sub {
			if len(s.Sub) > 0 {
				return fmt.Errorf("official: menu button %q is too deep: a menu has two levels", s.Name)
			}
			if err := checkButton(s, maxSubName); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkButton(b Button, maxName int) error {
	switch {
	case b.Name == "":
		return errors.New("official: a menu button has no name")
	case len(b.Name) > maxName:
		return fmt.Errorf("official: menu button %q: the name is %d bytes, at most %d are allowed", b.Name, len(b.Name), maxName)
	case len(b.Key) > maxButtonKey:
		return fmt.Errorf("official: menu button %q: the key is longer than %d bytes", b.Name, maxButtonKey)
	case len(b.URL) > maxButtonURL:
		return fmt.Errorf("official: menu button %q: the URL is longer than %d bytes", b.Name, maxButtonURL)
	case b.Type == "" && len(b.Sub) == 0:
		return fmt.Errorf("official: menu button %q has neither a type nor sub-buttons", b.Name)
	}
	return nil
}
