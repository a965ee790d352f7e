package official

import (
	"encoding/xml"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Reply is a passive reply: TextReply, ImageReply, NewsReply or TransferReply.
// A nil Reply answers "success".
type Reply interface {
	// fill puts the reply's own fields into the XML.
	fill(*replyXML) error
}

// TextReply answers with a text.
type TextReply struct{ Content string }

// ImageReply answers with an uploaded picture.
type ImageReply struct{ MediaID string }

// NewsReply answers with article cards: one to a message, up to eight to an event.
type NewsReply struct{ Articles []Article }

// Article is one card of a NewsReply.
type Article struct {
	Title       string
	Description string
	PicURL      string // 360×200 for the first, 200×200 for the others
	URL         string
}

// TransferReply hands the message to the customer-service desk; Account names one
// clerk, empty is any.
type TransferReply struct{ Account string }

const maxArticles = 8

type cdata struct {
	Text string `xml:",cdata"`
}

type replyXML struct {
	XMLName      xml.Name `xml:"xml"`
	ToUserName   cdata
	FromUserName cdata
	CreateTime   int64
	MsgType      cdata
	Content      *cdata        `xml:",omitempty"`
	MediaID      *cdata        `xml:"Image>MediaId,omitempty"`
	ArticleCount int           `xml:",omitempty"`
	Articles     *replyNews    `xml:",omitempty"`
	Transfer     *replyAccount `xml:"TransInfo,omitempty"`
}

type replyNews struct {
	Items []replyArticle `xml:"item"`
}

type replyArticle struct {
	Title       cdata
	Description cdata
	PicURL      cdata `xml:"PicUrl"`
	URL         cdata `xml:"Url"`
}

type replyAccount struct {
	Account cdata `xml:"KfAccount"`
}

func (r TextReply) fill(x *replyXML) error {
	if r.Content == "" {
		return errors.New("official: a text reply needs Content")
	}
	x.MsgType, x.Content = data("text"), ptr(data(r.Content))
	return nil
}

func (r ImageReply) fill(x *replyXML) error {
	if r.MediaID == "" {
		return errors.New("official: an image reply needs MediaID")
	}
	x.MsgType, x.MediaID = data("image"), ptr(data(r.MediaID))
	return nil
}

func (r NewsReply) fill(x *replyXML) error {
	if n := len(r.Articles); n < 1 || n > maxArticles {
		return fmt.Errorf("official: a news reply has 1–%d articles, not %d", maxArticles, n)
	}
	news := &replyNews{}
	for _, a := range r.Articles {
		news.Items = append(news.Items, replyArticle{data(a.Title), data(a.Description), data(a.PicURL), data(a.URL)})
	}
	x.MsgType, x.ArticleCount, x.Articles = data("news"), len(r.Articles), news
	return nil
}

func (r TransferReply) fill(x *replyXML) error {
	x.MsgType = data("transfer_customer_service")
	if r.Account != "" {
		x.Transfer = &replyAccount{data(r.Account)}
	}
	return nil
}

// marshalReply writes the reply's plain XML, addressed back to the sender.
func marshalReply(m Message, r Reply, now int64) ([]byte, error) {
	x := replyXML{ToUserName: data(m.FromUserName), FromUserName: data(m.ToUserName), CreateTime: now}
	if err := r.fill(&x); err != nil {
		return nil, err
	}
	if len(x.articles()) > 1 && m.MsgType != MsgEvent {
		return nil, errors.New("official: a news reply to a message has one article")
	}
	return xml.Marshal(x)
}

func (x *replyXML) articles() []replyArticle {
	if x.Articles == nil {
		return nil
	}
	return x.Articles.Items
}

type sealedXML struct {
	XMLName      xml.Name `xml:"xml"`
	Encrypt      cdata
	MsgSignature cdata
	TimeStamp    string
	Nonce        cdata
}

// Seal encrypts and signs a passive reply as safe mode wants it.
func (c *Crypter) Seal(reply []byte, timestamp int64, nonce string) ([]byte, error) {
	encrypted, err := c.Encrypt(reply)
	if err != nil {
		return nil, err
	}
	ts := strconv.FormatInt(timestamp, 10)
	return xml.Marshal(sealedXML{
		Encrypt: data(encrypted), MsgSignature: data(c.Sign(ts, nonce, encrypted)),
		TimeStamp: ts, Nonce: data(nonce),
	})
}

// data drops what XML cannot hold: control characters and broken UTF-8.
func data(s string) cdata {
	return cdata{strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' || r == '\r' || (r >= 0x20 && r <= 0xD7FF) ||
			(r >= 0xE000 && r <= 0xFFFD) || r >= 0x10000 {
			return r
		}
		return -1
	}, s)}
}

func ptr[T any](v T) *T { return &v }
