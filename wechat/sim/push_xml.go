package sim

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// xmlField is one element of a push; order is kept.
type xmlField struct{ name, value string }

// pushXML writes the body WeChat sends: numbers bare, everything else in CDATA.
func pushXML(fields []xmlField) []byte {
	var b bytes.Buffer
	b.WriteString("<xml>")
	for _, f := range fields {
		writeElement(&b, f)
	}
	b.WriteString("</xml>")
	return b.Bytes()
}

func writeElement(b *bytes.Buffer, f xmlField) {
	fmt.Fprintf(b, "<%s>", f.name)
	raw, elements := strings.CutPrefix(f.value, rawMark)
	switch {
	case elements:
		b.WriteString(raw)
	case strings.HasPrefix(f.value, "<") && strings.HasSuffix(f.value, ">") && rawElements[f.name]:
		b.WriteString(f.value)
	case numeric(f):
		b.WriteString(f.value)
	default:
		b.WriteString("<![CDATA[" + strings.ReplaceAll(f.value, "]]>", "]]]]><![CDATA[>") + "]]>")
	}
	fmt.Fprintf(b, "</%s>\n", f.name)
}

// rawElements hold elements of their own.
var rawElements = map[string]bool{"ScanCodeInfo": true, "MemChangeList": true, "SubscribeMsgPopupEvent": true, "SubscribeMsgChangeEvent": true, "SubscribeMsgSentEvent": true, "Actions": true}

func numeric(f xmlField) bool {
	switch f.name {
	case "CreateTime", "MsgId", "MsgID", "MenuId", "TimeStamp", "JoinScene", "QuitScene", "MemChangeCnt", "TotalCount", "FilterCount", "SentCount", "ErrorCount", "Count", "ArticleIdx", "CheckState", "Version", "ActionTime", "ActionType",
		"publish_id", "publish_status", "count", "idx", "Idx", "Scale", "Location_X", "Location_Y", "Latitude", "Longitude", "Precision":
		_, err := strconv.ParseFloat(f.value, 64)
		return err == nil
	}
	return false
}

// reply is a developer's passive answer.
type reply struct {
	XMLName xml.Name `xml:"xml"`
	To      string   `xml:"ToUserName"`
	From    string   `xml:"FromUserName"`
	Created string   `xml:"CreateTime"`
	Type    string   `xml:"MsgType"`
	Content string   `xml:"Content"`
	Image   struct {
		MediaID string `xml:"MediaId"`
	} `xml:"Image"`
	Voice struct {
		MediaID string `xml:"MediaId"`
	} `xml:"Voice"`
	Video struct {
		MediaID     string `xml:"MediaId"`
		Title       string `xml:"Title"`
		Description string `xml:"Description"`
	} `xml:"Video"`
	Music struct {
		Title       string `xml:"Title"`
		Description string `xml:"Description"`
		URL         string `xml:"MusicUrl"`
		HQURL       string `xml:"HQMusicUrl"`
		Thumb       string `xml:"ThumbMediaId"`
	} `xml:"Music"`
	Trans struct {
		Account string `xml:"KfAccount"`
	} `xml:"TransInfo"`
	Count    string `xml:"ArticleCount"`
	Articles struct {
		Items []article `xml:"item"`
	} `xml:"Articles"`

	Encrypt   string `xml:"Encrypt"`
	Signature string `xml:"MsgSignature"`
	Timestamp string `xml:"TimeStamp"`
	Nonce     string `xml:"Nonce"`
}

// parseReply reads a passive answer, asJSON when the account's format is JSON; nil without error means: nothing to say.
func parseReply(body []byte, asJSON bool) (*reply, error) {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	if len(body) == 0 || string(body) == "success" {
		return nil, nil
	}
	if body[0] == '{' && asJSON {
		raw, err := replyFromJSON(body)
		if err != nil {
			return nil, err
		}
		body = raw
	}
	r := &reply{}
	dec := xml.NewDecoder(bytes.NewReader(body))
	if err := dec.Decode(r); err != nil {
		return nil, fmt.Errorf("the answer is neither empty, success nor XML: %w", err)
	}
	for {
		t, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return r, nil
		}
		if err != nil {
			return nil, fmt.Errorf("behind the answer's end: %w", err)
		}
		if text, ok := t.(xml.CharData); !ok || len(bytes.TrimSpace(text)) > 0 {
			return nil, errors.New("there is something behind </xml>")
		}
	}
}

// check holds an opened answer to the rules for this fan and question.
func (r *reply) check(openID, originalID string, event bool) error {
	if r.To != openID {
		return fmt.Errorf("ToUserName is %q, want the fan's openid %q", r.To, openID)
	}
	if r.From != originalID {
		return fmt.Errorf("FromUserName is %q, want the account's original id %q", r.From, originalID)
	}
	if n, err := strconv.ParseInt(strings.TrimSpace(r.Created), 10, 64); err != nil || n <= 0 {
		return fmt.Errorf("CreateTime %q is not a time in seconds", r.Created)
	}
	switch r.Type {
	case "text":
		if r.Content == "" || len(r.Content) > maxKFText {
			return fmt.Errorf("Content has %d bytes, 1 to %d are allowed", len(r.Content), maxKFText)
		}
	case "image", "voice", "video", "music", "transfer_customer_service":
	case "news":
		n := len(r.Articles.Items)
		limit := 1
		if event {
			limit = 8
		}
		if n < 1 || n > limit || strings.TrimSpace(r.Count) != strconv.Itoa(n) {
			return fmt.Errorf("ArticleCount %q with %d articles; 1 to %d are allowed here", r.Count, n, limit)
		}
	default:
		return fmt.Errorf("MsgType %q cannot be answered with", r.Type)
	}
	return nil
}
