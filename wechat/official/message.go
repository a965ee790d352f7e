package official

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// MsgType is the kind of a pushed message.
type MsgType string

// Kinds of pushed messages.
const (
	MsgText       MsgType = "text"
	MsgImage      MsgType = "image"
	MsgVoice      MsgType = "voice"
	MsgVideo      MsgType = "video"
	MsgShortVideo MsgType = "shortvideo"
	MsgLocation   MsgType = "location"
	MsgLink       MsgType = "link"
	MsgEvent      MsgType = "event"
)

// Event is what happened, when the MsgType is MsgEvent.
type Event string

// Events that a shop meets; others arrive with their own names and Raw.
const (
	EventSubscribe         Event = "subscribe" // EventKey empty or "qrscene_" + scene
	EventUnsubscribe       Event = "unsubscribe"
	EventScan              Event = "SCAN" // by a follower; EventKey = scene
	EventClick             Event = "CLICK"
	EventView              Event = "VIEW"
	EventLocation          Event = "LOCATION"
	EventScanPush          Event = "scancode_push"
	EventScanWait          Event = "scancode_waitmsg"
	EventPhoto             Event = "pic_sysphoto"
	EventPhotoOrAlbum      Event = "pic_photo_or_album"
	EventAlbum             Event = "pic_weixin"
	EventLocationSelect    Event = "location_select"
	EventViewMiniProgram   Event = "view_miniprogram"
	EventTemplateSent      Event = "TEMPLATESENDJOBFINISH"
	EventMassSent          Event = "MASSSENDJOBFINISH"
	EventAuthorizeModified Event = "user_info_modified"
	EventAuthorizeRevoked  Event = "user_authorization_revoke"       // erase the person's data
	EventAuthorizeCanceled Event = "user_authorization_cancellation" // erase the person's data
)

// Message is a pushed message or event.
type Message struct {
	ToUserName   string  `xml:"ToUserName"`   // the account's original id, gh_…
	FromUserName string  `xml:"FromUserName"` // the person's openid
	CreateTime   int64   `xml:"CreateTime"`   // Unix seconds
	MsgType      MsgType `xml:"MsgType"`
	MsgID        int64   `xml:"MsgId"` // 0 for events
	MsgDataID    string  `xml:"MsgDataId"`
	Idx          int     `xml:"Idx"`

	Content       string `xml:"Content"`
	MenuMessageID string `xml:"bizmsgmenuid"` // item of a MenuMessage that was tapped

	MediaID      string  `xml:"MediaId"`
	MediaID16K   string  `xml:"MediaId16K"`
	ThumbMediaID string  `xml:"ThumbMediaId"`
	PicURL       string  `xml:"PicUrl"`
	Format       string  `xml:"Format"`
	Recognition  string  `xml:"Recognition"`
	LocationX    float64 `xml:"Location_X"` // latitude, degrees
	LocationY    float64 `xml:"Location_Y"` // longitude, degrees
	Scale        int     `xml:"Scale"`
	Label        string  `xml:"Label"`
	Title        string  `xml:"Title"`
	Description  string  `xml:"Description"`
	URL          string  `xml:"Url"`

	Event     Event   `xml:"Event"`
	EventKey  string  `xml:"EventKey"`
	Ticket    string  `xml:"Ticket"` // of a parametric QR code
	MenuID    string  `xml:"MenuId"`
	Latitude  float64 `xml:"Latitude"`  // degrees
	Longitude float64 `xml:"Longitude"` // degrees
	Precision float64 `xml:"Precision"` // metres

	ScanCode ScanCode     `xml:"ScanCodeInfo"`
	SendPics SendPics     `xml:"SendPicsInfo"`
	SendSpot SendLocation `xml:"SendLocationInfo"`

	JobID    int64  `xml:"MsgID"`  // of a template or mass message that was sent; capital D
	JobState string `xml:"Status"` // "success", "failed:user block", …

	OpenID     string `xml:"OpenID"` // of the authorisation events
	RevokeInfo string `xml:"RevokeInfo"`

	// Raw is the message's XML, decrypted.
	Raw []byte `xml:"-"`
}

// ScanCode is what a scanning menu button read.
type ScanCode struct {
	Type   string `xml:"ScanType"` // qrcode or barcode
	Result string `xml:"ScanResult"`
}

// SendPics is what a picture menu button sent.
type SendPics struct {
	Count int      `xml:"Count"`
	MD5   []string `xml:"PicList>item>PicMd5Sum"`
}

// SendLocation is what a location menu button sent.
type SendLocation struct {
	X       float64 `xml:"Location_X"` // latitude, degrees
	Y       float64 `xml:"Location_Y"` // longitude, degrees
	Scale   int     `xml:"Scale"`
	Label   string  `xml:"Label"`
	PoiName string  `xml:"Poiname"`
}

// ParseMessage reads a message's plain XML. The error is ErrXML when the text is
// not such XML or lacks sender, receiver or type.
func ParseMessage(raw []byte) (Message, error) {
	var m Message
	if len(raw) > MaxPushBytes {
		return Message{}, ErrTooLarge
	}
	if err := xml.Unmarshal(raw, &m); err != nil {
		return Message{}, fmt.Errorf("%w: %v", ErrXML, err)
	}
	if m.FromUserName == "" || m.ToUserName == "" || m.MsgType == "" {
		return Message{}, fmt.Errorf("%w: ToUserName, FromUserName or MsgType is empty", ErrXML)
	}
	m.Raw = raw
	return m, nil
}

// DedupeKey is the same for every repetition of one push: the MsgId of a message;
// sender, moment and event of an event.
func (m Message) DedupeKey() string {
	if m.MsgID != 0 {
		return "msg:" + strconv.FormatInt(m.MsgID, 10)
	}
	key := "event:" + m.FromUserName + ":" + strconv.FormatInt(m.CreateTime, 10)
	if m.Event != "" {
		key += ":" + string(m.Event)
	}
	if m.JobID != 0 { // several template messages to one person may end in one second
		key += ":" + strconv.FormatInt(m.JobID, 10)
	}
	return key
}

// Time is the moment of the message in UTC.
func (m Message) Time() time.Time { return time.Unix(m.CreateTime, 0).UTC() }

// Scene is the scene of the parametric QR code behind a subscribe or SCAN event,
// without WeChat's prefix; ok tells whether there is one.
func (m Message) Scene() (scene string, ok bool) {
	switch m.Event {
	case EventSubscribe:
		return strings.CutPrefix(m.EventKey, "qrscene_")
	case EventScan:
		return m.EventKey, m.EventKey != ""
	}
	return "", false
}
