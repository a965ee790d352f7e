package sim

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

type groupMsgListIn struct {
	ChatType string `json:"chat_type"`
	Start    int64  `json:"start_time"`
	End      int64  `json:"end_time"`
	Creator  string `json:"creator"`
	Filter   *int   `json:"filter_type"`
	Limit    int    `json:"limit"`
	Cursor   string `json:"cursor"`
}

type groupMsgView struct {
	MsgID      string `json:"msgid"`
	Creator    string `json:"creator,omitempty"` // absent of those made by API
	Created    int64  `json:"create_time"`       // Unix seconds
	CreateType int    `json:"create_type"`       // 0 by the company, 1 by a member
	workBody
}

// timeRange checks start_time and end_time; on failure it has answered.
func (c *call) timeRange(start, end int64, days int) bool {
	switch {
	case start == 0 || end == 0:
		c.deny(40063, "some parameters are empty", "start_time and end_time are required")
	case end < start || end-start > int64(days)*86400:
		c.deny(40058, "invalid Request Parameter", "%s", "the time between start_time and end_time is 0 to "+itoa(int64(days))+" days")
	default:
		return true
	}
	return false
}

// groupMsgList is 获取群发记录列表.
func (s *Server) groupMsgList(c *call, in *groupMsgListIn) {
	if in.ChatType != "single" && in.ChatType != "group" {
		c.deny(40058, "invalid Request Parameter", "chat_type is single or group")
		return
	}
	if !c.timeRange(in.Start, in.End, 31) {
		return
	}
	list := []*groupMessage{}
	for _, m := range s.world.social.messages {
		at := m.Born.Unix()
		if m.CorpID == c.corp.CorpID && m.ChatType == in.ChatType && at >= in.Start && at <= in.End && in.Creator == "" && (in.Filter == nil || *in.Filter != 1) {
			list = append(list, m)
		}
	}
	slices.SortFunc(list, func(a, b *groupMessage) int { return cmp.Or(b.Born.Compare(a.Born), strings.Compare(a.MsgID, b.MsgID)) })
	page, next, ok := cursorPage(c, list, in.Cursor, in.Limit, 50, 100)
	if !ok {
		return
	}
	views := []groupMsgView{}
	for _, m := range page {
		views = append(views, groupMsgView{MsgID: m.MsgID, Created: m.Born.Unix(), workBody: m.Body})
	}
	c.ok(struct {
		apiError
		Next string         `json:"next_cursor"`
		List []groupMsgView `json:"group_msg_list"`
	}{apiOK, next, views})
}

type groupMsgIn struct {
	MsgID  string `json:"msgid"`
	UserID string `json:"userid"`
	Limit  int    `json:"limit"`
	Cursor string `json:"cursor"`
}

// corpMessage finds the message of a call; on failure it has answered.
func (s *Server) corpMessage(c *call, id string) *groupMessage {
	if id == "" {
		c.deny(41046, "missing msgid", "msgid is missing")
		return nil
	}
	m := s.world.social.messages[id]
	if m == nil || m.CorpID != c.corp.CorpID {
		c.deny(41047, "invalid msgid", "%s", id+" is no group message of this company")
		return nil
	}
	return m
}

type groupMsgTaskView struct {
	UserID string `json:"userid"`
	Status int    `json:"status"`
	Time   int64  `json:"send_time,omitempty"`
}

func (s *Server) groupMsgTasks(c *call, in *groupMsgIn) {
	m := s.corpMessage(c, in.MsgID)
	if m == nil {
		return
	}
	page, next, ok := cursorPage(c, m.Tasks, in.Cursor, in.Limit, 500, 1000)
	if !ok {
		return
	}
	views := []groupMsgTaskView{}
	for _, t := range page {
		views = append(views, groupMsgTaskView{t.UserID, t.Status, unixOrZero(t.Time)})
	}
	c.ok(struct {
		apiError
		Next  string             `json:"next_cursor"`
		Tasks []groupMsgTaskView `json:"task_list"`
	}{apiOK, next, views})
}

func unixOrZero(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

type groupMsgSendView struct {
	ExternalID string `json:"external_userid,omitempty"`
	ChatID     string `json:"chat_id,omitempty"`
	UserID     string `json:"userid"`
	Status     int    `json:"status"`
	Time       int64  `json:"send_time,omitempty"`
}

func (s *Server) groupMsgResult(c *call, in *groupMsgIn) {
	m := s.corpMessage(c, in.MsgID)
	if m == nil {
		return
	}
	t := m.task(in.UserID)
	if t == nil {
		c.deny(40058, "invalid Request Parameter", "%s", "userid "+in.UserID+" has no part in this message")
		return
	}
	page, next, ok := cursorPage(c, t.Targets, in.Cursor, in.Limit, 500, 1000)
	if !ok {
		return
	}
	views := []groupMsgSendView{}
	for _, x := range page {
		v := groupMsgSendView{UserID: t.UserID, Status: x.Status, Time: unixOrZero(x.Time)}
		if m.ChatType == "group" {
			v.ChatID = x.Who
		} else {
			v.ExternalID = s.customer(m.CorpID, x.Who).ExternalID
		}
		views = append(views, v)
	}
	c.ok(struct {
		apiError
		Next string             `json:"next_cursor"`
		List []groupMsgSendView `json:"send_list"`
	}{apiOK, next, views})
}

// remindGroupMsg is 提醒成员群发: three times in 24 hours.
func (s *Server) remindGroupMsg(c *call, in *groupMsgIn) {
	m := s.corpMessage(c, in.MsgID)
	if m == nil {
		return
	}
	now := s.Clock.Now()
	m.Reminds = slices.DeleteFunc(m.Reminds, func(t time.Time) bool { return now.Sub(t) >= 24*time.Hour })
	if len(m.Reminds) >= remindsPerDay {
		c.deny(45009, "api freq out of limit", "a group message may be reminded of three times in 24 hours")
		return
	}
	m.Reminds = append(m.Reminds, now)
	s.touchMsg(m)
	if !m.Cancelled {
		s.callSenders(m)
	}
	c.ok(apiOK)
}

// cancelGroupMsg is 停止企业群发: what was not sent stays unsent.
func (s *Server) cancelGroupMsg(c *call, in *groupMsgIn) {
	m := s.corpMessage(c, in.MsgID)
	if m == nil {
		return
	}
	m.Cancelled = true
	s.touchMsg(m)
	s.callSenders(m)
	c.ok(apiOK)
}
