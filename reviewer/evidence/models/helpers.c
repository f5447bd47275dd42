/*
 * What some helpers of the kernel do to memory that others see, as far as it can matter to who sees
 * what in which order. Their own source is too long, or too much of macros, to be sliced; each is
 * given here in a few accesses, with where to check it. Arguments keep the kernel's order.
 */

/* include/linux/sched.h */
void set_current_state(state) { smp_store_mb(current->__state, state); }
void __set_current_state(state) { WRITE_ONCE(current->__state, state); }

/* kernel/sched/wait.c: the entry is queued and the state set under the queue's lock */
void prepare_to_wait(wq_head, wq_entry, state)
{
	spin_lock(&wq_head->lock);
	WRITE_ONCE(wq_head->head, wq_entry);
	smp_store_mb(current->__state, state);
	spin_unlock(&wq_head->lock);
}
void prepare_to_wait_exclusive(wq_head, wq_entry, state)
{
	spin_lock(&wq_head->lock);
	WRITE_ONCE(wq_head->head, wq_entry);
	smp_store_mb(current->__state, state);
	spin_unlock(&wq_head->lock);
}
void add_wait_queue(wq_head, wq_entry)
{
	spin_lock(&wq_head->lock);
	WRITE_ONCE(wq_head->head, wq_entry);
	spin_unlock(&wq_head->lock);
}

/* include/linux/wait.h */
int waitqueue_active(wq_head) { return READ_ONCE(wq_head->head); }
int wq_has_sleeper(wq_head) { smp_mb(); return READ_ONCE(wq_head->head); }

/* kernel/sched/wait.c __wake_up(): the queue is looked at under its lock */
void wake_up(wq_head)
{
	spin_lock(&wq_head->lock);
	READ_ONCE(wq_head->head);
	spin_unlock(&wq_head->lock);
}
void wake_up_all(wq_head) { wake_up(wq_head); }
void wake_up_interruptible(wq_head) { wake_up(wq_head); }
void wake_up_interruptible_all(wq_head) { wake_up(wq_head); }

/* include/linux/seqlock.h */
int read_seqcount_begin(s) { return smp_load_acquire(&s->sequence); }
int raw_read_seqcount_begin(s) { return smp_load_acquire(&s->sequence); }
int raw_seqcount_begin(s) { return smp_load_acquire(&s->sequence); }
int read_seqcount_retry(s, start) { smp_rmb(); return READ_ONCE(s->sequence) != start; }
void write_seqcount_begin(s) { WRITE_ONCE(s->sequence, 1); smp_wmb(); }
void raw_write_seqcount_begin(s) { WRITE_ONCE(s->sequence, 1); smp_wmb(); }
void write_seqcount_end(s) { smp_wmb(); WRITE_ONCE(s->sequence, 2); }
void raw_write_seqcount_end(s) { smp_wmb(); WRITE_ONCE(s->sequence, 2); }
void write_seqcount_invalidate(s) { smp_wmb(); WRITE_ONCE(s->sequence, 2); }

/* include/linux/list.h, include/linux/rculist.h: the link that a reader from the head follows */
int list_empty(head) { return READ_ONCE(head->next) == head; }
int list_empty_careful(head) { return smp_load_acquire(&head->next) == head; }
int hlist_empty(h) { return !READ_ONCE(h->first); }
int llist_empty(head) { return !READ_ONCE(head->first); }
void list_add(new, head) { WRITE_ONCE(head->next, new); }
void list_add_tail(new, head) { WRITE_ONCE(head->next, new); }
void list_add_rcu(new, head) { rcu_assign_pointer(head->next, new); }
void list_add_tail_rcu(new, head) { rcu_assign_pointer(head->next, new); }
void hlist_add_head(n, h) { WRITE_ONCE(h->first, n); }
void hlist_add_head_rcu(n, h) { rcu_assign_pointer(h->first, n); }
int list_first_or_null_rcu(head) { return rcu_dereference(head->next); }

/* include/linux/cpumask.h: a mask is one place; which bit is set does not matter here */
void cpumask_set_cpu(cpu, dstp) { WRITE_ONCE(dstp->bits, 1); }
void cpumask_clear_cpu(cpu, dstp) { WRITE_ONCE(dstp->bits, 0); }
int cpumask_test_cpu(cpu, cpumask) { return READ_ONCE(cpumask->bits); }
int cpumask_empty(srcp) { return !READ_ONCE(srcp->bits); }
