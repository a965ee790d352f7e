package sim

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
)

type badSenders struct {
	Users       []string `json:"user_list"`
	Departments []int64  `json:"department_list"`
}

type badCustomers struct {
	Tags []string `json:"tag_list"`
}

type momentResult struct {
	apiError
	MomentID     string       `json:"moment_id"`
	BadSenders   badSenders   `json:"invalid_sender_list"`
	BadCustomers badCustomers `json:"invalid_external_contact_list"`
}

// momentTaskResult is 获取任务创建结果.
func (s *Server) momentTaskResult(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := c.r.URL.Query().Get("jobid")
	t := s.world.social.tasks[id]
	if t == nil || t.CorpID != c.corp.CorpID || s.Clock.Now().Sub(t.Born) > momentJobLife {
		c.deny(40058, "invalid Request Parameter", "%s", "jobid "+id+" is none of this company's, or older than 24 hours")
		return
	}
	list := func(x []string) []string { return append([]string{}, x...) }
	c.ok(struct {
		apiError
		Status int          `json:"status"`
		Type   string       `json:"type"`
		Result momentResult `json:"result"`
	}{apiOK, 3, "add_moment_task", momentResult{apiOK, t.MomentID, badSenders{list(t.BadUsers), append([]int64{}, t.BadParts...)}, badCustomers{list(t.BadTags)}}})
}

type momentListIn struct {
	Start   int64  `json:"start_time"`
	End     int64  `json:"end_time"`
	Creator string `json:"creator"`
	Filter  *int   `json:"filter_type"`
	Cursor  string `json:"cursor"`
	Limit   int    `json:"limit"`
}

type momentView struct {
	MomentID    string        `json:"moment_id"`
	Creator     string        `json:"creator,omitempty"`
	Created     int64         `json:"create_time"`
	CreateType  int           `json:"create_type"`  // 0 by the company, 1 by a member
	VisibleType int           `json:"visible_type"` // 0 some, 1 all
	Text        *workText     `json:"text,omitempty"`
	Image       []attachMedia `json:"image,omitempty"`
	Video       *momentVideo  `json:"video,omitempty"`
	Link        *momentLink   `json:"link,omitempty"`
}

type momentVideo struct {
	MediaID string `json:"media_id"`
	Thumb   string `json:"thumb_media_id"`
}

type momentLink struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// momentList is 获取企业全部的发表列表.
func (s *Server) momentList(c *call, in *momentListIn) {
	if !c.timeRange(in.Start, in.End, 30) {
		return
	}
	list := []*momentTask{}
	for _, t := range s.world.social.tasks {
		at := t.Born.Unix()
		if t.CorpID == c.corp.CorpID && at >= in.Start && at <= in.End && in.Creator == "" && (in.Filter == nil || *in.Filter != 1) {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b *momentTask) int {
		return cmp.Or(b.Born.Compare(a.Born), strings.Compare(a.MomentID, b.MomentID))
	})
	page, next, ok := cursorPage(c, list, in.Cursor, in.Limit, 20, 20)
	if !ok {
		return
	}
	views := []momentView{}
	for _, t := range page {
		views = append(views, t.view())
	}
	c.ok(struct {
		apiError
		Next string       `json:"next_cursor"`
		List []momentView `json:"moment_list"`
	}{apiOK, next, views})
}

func (t *momentTask) view() momentView {
	v := momentView{MomentID: t.MomentID, Created: t.Born.Unix(), Text: t.Body.Text}
	if t.All {
		v.VisibleType = 1
	}
	for _, a := range t.Body.Attachments {
		switch {
		case a.Image != nil:
			v.Image = append(v.Image, attachMedia{a.Image.MediaID})
		case a.Video != nil:
			v.Video = &momentVideo{MediaID: a.Video.MediaID}
		case a.Link != nil:
			v.Link = &momentLink{a.Link.Title, a.Link.URL}
		}
	}
	return v
}

type momentIn struct {
	MomentID string `json:"moment_id"`
	UserID   string `json:"userid"`
	Cursor   string `json:"cursor"`
	Limit    int    `json:"limit"`
}

// corpMoment finds the task of a call; on failure it has answered.
func (s *Server) corpMoment(c *call, id string) *momentTask {
	if id == "" {
		c.deny(41059, "missing moment_id", "moment_id is missing")
		return nil
	}
	t := s.world.social.momentTasks[id]
	if t == nil || t.CorpID != c.corp.CorpID {
		c.deny(41060, "invalid moment_id", "%s", id+" is no moment of this company")
		return nil
	}
	return t
}

// momentOf finds the task and its member; published: only who has published it. On failure it has answered.
func (s *Server) momentOf(c *call, in *momentIn, published bool) (*momentTask, *post) {
	t := s.corpMoment(c, in.MomentID)
	if t == nil {
		return nil, nil
	}
	if !slices.Contains(t.Senders, in.UserID) {
		c.deny(41061, "invalid userid of moment", "%s", "userid "+in.UserID+" has no part in this moment")
		return nil, nil
	}
	p := s.world.social.posts[t.Posts[in.UserID]]
	if published && p == nil {
		c.deny(41062, "moment has not been published by userid", "%s", in.UserID+" has not published it")
		return nil, nil
	}
	return t, p
}

func (s *Server) momentTasksOf(c *call, in *momentIn) {
	t := s.corpMoment(c, in.MomentID)
	if t == nil {
		return
	}
	type row struct {
		UserID string `json:"userid"`
		Status int    `json:"publish_status"`
	}
	rows := []row{}
	for _, id := range t.Senders {
		x := row{UserID: id}
		if t.Posts[id] != "" {
			x.Status = 1
		}
		rows = append(rows, x)
	}
	page, next, ok := cursorPage(c, rows, in.Cursor, in.Limit, 500, 1000)
	if ok {
		c.ok(struct {
			apiError
			Next string `json:"next_cursor"`
			List []row  `json:"task_list"`
		}{apiOK, next, page})
	}
}

type momentCustomer struct {
	UserID     string `json:"userid,omitempty"`
	ExternalID string `json:"external_userid"`
}

// momentCustomers is 获取客户朋友圈发表时选择的可见范围.
func (s *Server) momentCustomers(c *call, in *momentIn) {
	t, _ := s.momentOf(c, in, false)
	if t == nil {
		return
	}
	list := []momentCustomer{}
	for _, who := range s.reach(c.corp, t, in.UserID) {
		list = append(list, momentCustomer{in.UserID, s.customer(t.CorpID, who).ExternalID})
	}
	s.customerPage(c, in, list, 1000)
}

// momentSendResult is 获取客户朋友圈发表后的可见客户列表.
func (s *Server) momentSendResult(c *call, in *momentIn) {
	t, p := s.momentOf(c, in, true)
	if t == nil {
		return
	}
	list := []momentCustomer{}
	for who := range p.Corp.Customers {
		list = append(list, momentCustomer{ExternalID: s.customer(t.CorpID, who).ExternalID})
	}
	slices.SortFunc(list, func(a, b momentCustomer) int { return strings.Compare(a.ExternalID, b.ExternalID) })
	s.customerPage(c, in, list, 5000)
}

func (s *Server) customerPage(c *call, in *momentIn, list []momentCustomer, most int) {
	page, next, ok := cursorPage(c, list, in.Cursor, in.Limit, min(most, 3000), most)
	if ok {
		c.ok(struct {
			apiError
			Next string           `json:"next_cursor"`
			List []momentCustomer `json:"customer_list"`
		}{apiOK, next, page})
	}
}

type momentVoice struct {
	ExternalID string `json:"external_userid,omitempty"`
	UserID     string `json:"userid,omitempty"`
	Created    int64  `json:"create_time"`
}

// momentComments is 获取客户朋友圈的互动数据.
func (s *Server) momentComments(c *call, in *momentIn) {
	t, p := s.momentOf(c, in, true)
	if t == nil {
		return
	}
	voice := func(who string, at int64) momentVoice {
		if st := s.member(who); st != nil {
			return momentVoice{UserID: st.UserID, Created: at}
		}
		return momentVoice{ExternalID: s.customer(t.CorpID, who).ExternalID, Created: at}
	}
	comments, likes := []momentVoice{}, []momentVoice{}
	for _, x := range p.Comments {
		comments = append(comments, voice(x.Who, x.Time.Unix()))
	}
	for _, x := range p.Likes {
		likes = append(likes, voice(x.Who, x.Time.Unix()))
	}
	c.ok(struct {
		apiError
		Comments []momentVoice `json:"comment_list"`
		Likes    []momentVoice `json:"like_list"`
	}{apiOK, comments, likes})
}

// cancelMoment is 停止发表企业朋友圈: who has not published it cannot any more.
func (s *Server) cancelMoment(c *call, in *momentIn) {
	t := s.corpMoment(c, in.MomentID)
	if t == nil {
		return
	}
	t.Stopped = true
	s.touch("moment_task", t.JobID)
	s.callPublishers(t)
	c.ok(apiOK)
}

// socialEndpoints are customer groups, group messages and Moments of WeCom.
func (s *Server) socialEndpoints() []endpoint {
	const at = "/cgi-bin/externalcontact/"
	return []endpoint{
		{Pattern: at + "groupchat/list", Title: "获取客户群列表", Fidelity: Full, serve: workCall(s, s.groupChatList)},
		{Pattern: at + "groupchat/get", Title: "获取客户群详情", Fidelity: Full, serve: workCall(s, s.groupChatGet)},
		{Pattern: at + "groupchat/statistic", Title: "获取「群聊数据统计」数据（按群主聚合）", Fidelity: Full, Note: "counted as it happens, not on the next day; migrate_trainee_chat_cnt is always 0", serve: workCall(s, s.groupStatistic)},
		{Pattern: at + "groupchat/statistic_group_by_day", Title: "获取「群聊数据统计」数据（按自然日聚合）", Fidelity: Full, Note: "counted as it happens, not on the next day", serve: workCall(s, s.groupStatisticByDay)},
		{Pattern: at + "groupchat/transfer", Title: "分配离职成员的客户群", Fidelity: Full, Note: "takes effect at once", serve: workCall(s, s.groupTransfer(true))},
		{Pattern: at + "groupchat/onjob_transfer", Title: "分配在职成员的客户群", Fidelity: Full, Note: "takes effect at once", serve: workCall(s, s.groupTransfer(false))},
		{Pattern: at + "opengid_to_chatid", Title: "客户群opengid转换", Fidelity: Partial, Note: "the opengid comes from the control API (GET /_sim/people/{id}/rooms/{room}), as mini-programs here do not get it", serve: workCall(s, s.openGIDToChat)},
		{Pattern: at + "groupchat/add_join_way", Title: "配置客户群进群方式", Fidelity: Full, Note: "a chat is full at 200 members (setting join_way_full); of chats opened by itself the newest five are listed", serve: workCall(s, s.addJoinWay)},
		{Pattern: at + "groupchat/get_join_way", Title: "获取客户群进群方式配置", Fidelity: Full, serve: workCall(s, s.getJoinWay)},
		{Pattern: at + "groupchat/update_join_way", Title: "更新客户群进群方式配置", Fidelity: Full, serve: workCall(s, s.updateJoinWay)},
		{Pattern: at + "groupchat/del_join_way", Title: "删除客户群进群方式配置", Fidelity: Full, serve: workCall(s, s.delJoinWay)},
		{Pattern: at + "group_welcome_template/add", Title: "添加入群欢迎语素材", Fidelity: Full, Note: "notify is accepted; members see the templates in the client without a call", serve: workCall(s, s.addGreeting)},
		{Pattern: at + "group_welcome_template/edit", Title: "编辑入群欢迎语素材", Fidelity: Full, serve: workCall(s, s.editGreeting)},
		{Pattern: at + "group_welcome_template/get", Title: "获取入群欢迎语素材", Fidelity: Full, serve: workCall(s, s.getGreeting)},
		{Pattern: at + "group_welcome_template/del", Title: "删除入群欢迎语素材", Fidelity: Full, serve: workCall(s, s.delGreeting)},
		{Pattern: at + "add_msg_template", Title: "创建企业群发", Fidelity: Full, Note: "quota: as many a month as it has days (setting group_msg_quota); the switch to 7 a week or 1 a day is not offered", serve: workCall(s, s.addMsgTemplate)},
		{Pattern: at + "get_groupmsg_list_v2", Title: "获取群发记录列表", Fidelity: Partial, Note: "messages members write themselves (create_type 1) are not offered", serve: workCall(s, s.groupMsgList)},
		{Pattern: at + "get_groupmsg_task", Title: "获取群发成员发送任务列表", Fidelity: Full, serve: workCall(s, s.groupMsgTasks)},
		{Pattern: at + "get_groupmsg_send_result", Title: "获取企业群发成员执行结果", Fidelity: Full, serve: workCall(s, s.groupMsgResult)},
		{Pattern: at + "remind_groupmsg_send", Title: "提醒成员群发", Fidelity: Full, Note: "a fourth time in 24 hours is refused with 45009; the document names no code", serve: workCall(s, s.remindGroupMsg)},
		{Pattern: at + "cancel_groupmsg_send", Title: "停止企业群发", Fidelity: Full, serve: workCall(s, s.cancelGroupMsg)},
		{Pattern: at + "add_moment_task", Title: "创建发表任务", Fidelity: Full, Note: "the job is done at once; a customer sees 4 company posts a month (setting moment_quota)", serve: workCall(s, s.addMomentTask)},
		{Pattern: at + "get_moment_task_result", Title: "获取任务创建结果", Fidelity: Full, serve: s.withCorp(http.MethodGet, rightContact, s.momentTaskResult)},
		{Pattern: at + "get_moment_list", Title: "获取企业全部的发表列表", Fidelity: Partial, Note: "moments members write themselves (create_type 1) are not offered", serve: workCall(s, s.momentList)},
		{Pattern: at + "get_moment_task", Title: "获取客户朋友圈企业发表的列表", Fidelity: Full, serve: workCall(s, s.momentTasksOf)},
		{Pattern: at + "get_moment_customer_list", Title: "获取客户朋友圈发表时选择的可见范围", Fidelity: Full, serve: workCall(s, s.momentCustomers)},
		{Pattern: at + "get_moment_send_result", Title: "获取客户朋友圈发表后的可见客户列表", Fidelity: Full, serve: workCall(s, s.momentSendResult)},
		{Pattern: at + "get_moment_comments", Title: "获取客户朋友圈的互动数据", Fidelity: Full, serve: workCall(s, s.momentComments)},
		{Pattern: at + "cancel_moment_task", Title: "停止发表企业朋友圈", Fidelity: Full, serve: workCall(s, s.cancelMoment)},
	}
}
